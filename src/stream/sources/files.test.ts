import { mkdirSync, renameSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openWorld, textsOf } from "../../../test/source-world.ts";
import type { OpenedSource, SourceWorld } from "../../../test/source-world.ts";
import { temporaryFolder } from "../../testing/testbed.ts";

function folderOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const cwd = temporaryFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  return cwd;
}

/** The time that the system gives to what is changed goes on in steps; a real second is many of them. */
function untilNextStep(cwd: string): void {
  const probe = join(cwd, "probe");
  const stepOf = (): bigint => {
    writeFileSync(probe, "");
    return statSync(probe, { bigint: true }).ctimeNs;
  };
  const before = stepOf();
  while (stepOf() === before);
}

const all = { kind: "files", paths: ["*.txt"] } as const;

describe("a source of a record for each file", () => {
  it("gives path and size in the order of the names, and goes on behind each", async () => {
    const cwd = folderOf({ "b.txt": "bb", "a.txt": "", "c.txt": "é", d: "no" });
    const taken = await (await openWorld(all, { cwd })).rest(1);
    expect(textsOf(taken)).toEqual([
      '{"path":"a.txt","bytes":0}',
      '{"path":"b.txt","bytes":2}',
      '{"path":"c.txt","bytes":2}',
    ]);
    expect(taken[0]?.origin).toBe("a.txt");
    for (const [index, { position }] of taken.entries()) {
      const again = await openWorld(all, { cwd, position });
      expect(textsOf(await again.rest(2))).toEqual(textsOf(taken.slice(index + 1)));
    }
  });

  it("gives the text where it is asked for; what is no text or too long is bad", async () => {
    const cwd = folderOf({ "a.txt": "x\ny", "b.txt": Buffer.of(0xff), "c.txt": "z".repeat(100) });
    const source = await openWorld({ ...all, content: true }, { cwd, recordBytes: 50 });
    expect(textsOf(await source.rest())).toEqual([
      '{"path":"a.txt","bytes":3,"text":"x\\ny"}',
      "RECORD_ENCODING",
      "RECORD_TOO_LONG",
    ]);
  });

  it("takes fewer files at once when they are large", async () => {
    const large = "x".repeat(600_000);
    const cwd = folderOf({ "a.txt": large, "b.txt": large, "c.txt": large });
    const source = await openWorld({ ...all, content: true }, { cwd });
    expect((await source.read(1000)).records.length).toBe(2);
    expect((await source.read(1000)).records.length).toBe(1);
  });

  it("has bad records: files that are gone when their turn comes", async () => {
    const cwd = folderOf({ "a.txt": "", "b.txt": "" });
    const source = await openWorld(all, { cwd });
    unlinkSync(join(cwd, "b.txt"));
    const taken = await source.rest();
    expect(taken.map(({ text, origin }) => `${origin} ${text}`)).toEqual([
      'a.txt {"path":"a.txt","bytes":0}',
      "b.txt RECORD_UNREADABLE",
    ]);
  });

  it("is refused when a file that is named is not there, or is a folder, or no file fits", async () => {
    const cwd = folderOf({});
    mkdirSync(join(cwd, "d"));
    const opened = (path: string) => openWorld({ kind: "files", paths: [path] }, { cwd });
    await expect(opened("none")).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
    await expect(opened("*.x")).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
    await expect(opened("d")).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
  });
});

describe("a continuous source of files", () => {
  const open = (world: SourceWorld): Promise<OpenedSource> => openWorld(all, { ...world, continuous: true });

  it("gives those that are there, then new and changed ones", async () => {
    const cwd = folderOf({ "a.txt": "1" });
    const source = await open({ cwd });
    expect(textsOf(await source.next())).toEqual(['{"path":"a.txt","bytes":1}']);
    const waiting = source.next();
    untilNextStep(cwd);
    writeFileSync(join(cwd, "new"), "22");
    renameSync(join(cwd, "new"), join(cwd, "b.txt"));
    expect(textsOf(await waiting)).toEqual(['{"path":"b.txt","bytes":2}']);
    untilNextStep(cwd);
    writeFileSync(join(cwd, "a.txt"), "333");
    const changed = await source.next();
    expect(textsOf(changed)).toEqual(['{"path":"a.txt","bytes":3}']);
    await source.reader.close();
    untilNextStep(cwd);
    writeFileSync(join(cwd, "c.txt"), "");
    const again = await open({ cwd, position: changed[0]?.position ?? null });
    expect(textsOf(await again.next())).toEqual(['{"path":"c.txt","bytes":0}']);
  });

  it("does not go on from the position of a source that was not continuous", async () => {
    const position = { kind: "files", pattern: 0, path: "a.txt" };
    await expect(open({ cwd: folderOf({}), position })).rejects.toMatchObject({ code: "SOURCE_UNREADABLE" });
  });
});
