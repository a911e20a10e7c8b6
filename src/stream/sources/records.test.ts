import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openWorld, textsOf } from "../../../test/source-world.ts";
import type { OpenedSource, SourceWorld } from "../../../test/source-world.ts";
import { isTuttiError } from "../../errors.ts";
import type { RecordFormat, Source } from "../../language/pipeline.ts";
import { temporaryFolder } from "../../testing/testbed.ts";

const jsonl: RecordFormat = { kind: "jsonl" };
const csv: RecordFormat = { kind: "csv", separator: "," };

function records(paths: readonly string[], format: RecordFormat = jsonl): Source {
  return { kind: "records", paths, format };
}

function folderOf(files: Readonly<Record<string, string>>): string {
  const cwd = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(cwd, name, ".."), { recursive: true });
    writeFileSync(join(cwd, name), text);
  }
  return cwd;
}

async function codeOf(opening: Promise<unknown>): Promise<string> {
  const error = await opening.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return isTuttiError(error) ? error.code : `no TuttiError: ${String(error)}`;
}

describe("a source of files", () => {
  it("gives the records of one file after another, and says where each comes from", async () => {
    const cwd = folderOf({ "b.jsonl": "3\n4", "a.jsonl": "1\n\nx\n2\n", "c.txt": "9\n" });
    const source = await openWorld(records(["*.jsonl"]), { cwd });
    expect((await source.rest()).map(({ text, origin }) => `${origin} ${text}`)).toEqual([
      "a.jsonl:1 1",
      "a.jsonl:3 RECORD_SYNTAX",
      "a.jsonl:4 2",
      "b.jsonl:1 3",
      "b.jsonl:2 4",
    ]);
  });

  it("takes paths in the order in which they are named, and each file once", async () => {
    const cwd = folderOf({ "b/x": "1\n", "a/x": "2\n", "a/.git/x": "9", "a/c/x": "3\n", "[1]": "4\n" });
    symlinkSync(join(cwd, "a"), join(cwd, "b", "loop"));
    symlinkSync(join(cwd, "a", "x"), join(cwd, "a", "link"));
    const source = await openWorld(records(["[1]", "b/x", "**/x", join(cwd, "a/l*")]), { cwd });
    expect(textsOf(await source.rest())).toEqual(["4", "1", "3", "2", "2"]);
  });

  it("goes on behind every record, in whatever steps it is read", async () => {
    const rows = Array.from({ length: 40 }, (_, no) => `${no},"a\n${"é".repeat(no)}"`);
    const cwd = folderOf({
      "1.csv": `n,t\r\n${rows.slice(0, 25).join("\r\n")}`,
      "2.csv": `t,n\n${rows.slice(25).join("\n")}\n`,
    });
    const source = records(["*.csv"], csv);
    const all = await (await openWorld(source, { cwd })).rest(1);
    expect(all.length).toBe(40);
    expect(all[39]).toMatchObject({
      text: '{"t":"39","n":"a\\n' + "é".repeat(39) + '"}',
      origin: "2.csv:30",
    });
    expect(textsOf(await (await openWorld(source, { cwd })).rest(7))).toEqual(textsOf(all));
    for (const [index, { position }] of all.entries()) {
      const again = await openWorld(source, { cwd, position });
      expect(textsOf(await again.rest(9))).toEqual(textsOf(all.slice(index + 1)));
    }
  });

  it("reads no more than was asked for and one chunk, and knows what is left", async () => {
    const cwd = folderOf({ a: "1\n".repeat(100_000), b: "2\n" });
    const source = await openWorld(records(["a", "b"]), { cwd });
    const intake = await source.read(10);
    expect(intake.records.length).toBe(10);
    expect(intake.lag).toEqual({ bytes: 200_000 - 20 + 2 });
    expect((await source.rest()).length).toBe(99_991);
  });

  it("loses nothing when a read is given up", async () => {
    const cwd = folderOf({ a: "1\n2\n" });
    const source = await openWorld(records(["a"]), { cwd });
    const reason = new Error("enough");
    await expect(source.reader.read(1, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(textsOf(await source.rest())).toEqual(["1", "2"]);
  });

  it("refuses what cannot be read, by name", async () => {
    const cwd = folderOf({ "d/x": "1\n", closed: "1\n" });
    execFileSync("mkfifo", [join(cwd, "pipe")]);
    expect(await codeOf(openWorld(records(["none"]), { cwd }))).toBe("FILE_NOT_FOUND");
    expect(await codeOf(openWorld(records(["*.none"]), { cwd }))).toBe("FILE_NOT_FOUND");
    expect(await codeOf(openWorld(records(["d"]), { cwd }))).toBe("FILE_UNREADABLE");
    expect(await codeOf(openWorld(records(["pipe"]), { cwd }))).toBe("FILE_UNREADABLE");
    expect(await codeOf(openWorld(records(["d/x/y"]), { cwd }))).toBe("FILE_NOT_FOUND");
  });

  it.skipIf(process.getuid?.() === 0)("refuses a file that may not be read", async () => {
    const cwd = folderOf({ closed: "1\n" });
    chmodSync(join(cwd, "closed"), 0);
    const source = await openWorld(records(["closed"]), { cwd });
    expect(await codeOf(source.read())).toBe("FILE_UNREADABLE");
  });

  it("does not go on in a file that is another one now, nor from the position of another source", async () => {
    const cwd = folderOf({ a: "1\n2\n3\n" });
    const [, second] = await (await openWorld(records(["a"]), { cwd })).rest(1);
    const position = second?.position ?? null;
    writeFileSync(join(cwd, "a"), "8\n9\n10\n");
    expect(await codeOf(openWorld(records(["a"]), { cwd, position }))).toBe("SOURCE_UNREADABLE");
    unlinkSync(join(cwd, "a"));
    expect(await codeOf(openWorld(records(["a"]), { cwd, position }))).toBe("FILE_NOT_FOUND");
    for (const other of [
      { kind: "stdin" },
      { kind: "records" },
      { kind: "records", followed: false, files: [{}] },
      7,
    ]) {
      expect(await codeOf(openWorld(records(["a"]), { cwd, position: other }))).toBe("SOURCE_UNREADABLE");
    }
  });

  it("goes on in a copy of the file, and in one that has grown", async () => {
    const cwd = folderOf({ a: "1\n2\n" });
    const [first] = await (await openWorld(records(["a"]), { cwd })).rest(1);
    copyFileSync(join(cwd, "a"), join(cwd, "b"));
    renameSync(join(cwd, "b"), join(cwd, "a"));
    appendFileSync(join(cwd, "a"), "3\n");
    const again = await openWorld(records(["a"]), { cwd, position: first?.position ?? null });
    expect(textsOf(await again.rest())).toEqual(["2", "3"]);
  });
});

describe("a source of files that is followed", () => {
  const follow = (paths: readonly string[], world: SourceWorld): Promise<OpenedSource> =>
    openWorld(records(paths), { ...world, continuous: true });

  it("gives what is added, whole lines only", async () => {
    const cwd = folderOf({ a: "1\n" });
    const source = await follow(["a"], { cwd });
    expect(textsOf(await source.next())).toEqual(["1"]);
    appendFileSync(join(cwd, "a"), "2\n3");
    expect(textsOf(await source.next())).toEqual(["2"]);
    appendFileSync(join(cwd, "a"), "3\n4\n");
    const later = await source.next();
    expect(textsOf(later)).toEqual(["33", "4"]);
    expect(later[0]?.origin).toBe("a:3");
  });

  it("takes files that come to fit, and waits while there is none", async () => {
    const cwd = folderOf({});
    const source = await follow(["logs/*.jsonl"], { cwd });
    const waiting = source.next();
    mkdirSync(join(cwd, "logs"));
    writeFileSync(join(cwd, "logs/a.jsonl"), "1\n");
    expect(textsOf(await waiting)).toEqual(["1"]);
    writeFileSync(join(cwd, "logs/b.jsonl"), "2\n");
    expect(textsOf(await source.next())).toEqual(["2"]);
    expect(await codeOf(follow(["none"], { cwd }))).toBe("FILE_NOT_FOUND");
  });

  it("reads a file that was moved away to its end, then the one that took its place", async () => {
    const cwd = folderOf({ a: "1\n" });
    const source = await follow(["a"], { cwd });
    await source.next();
    appendFileSync(join(cwd, "a"), "2\n3");
    renameSync(join(cwd, "a"), join(cwd, "a.1"));
    writeFileSync(join(cwd, "a"), "4\n");
    expect(textsOf(await source.next())).toEqual(["2"]);
    appendFileSync(join(cwd, "a.1"), "0\n");
    expect(textsOf(await source.next())).toEqual(["30"]);
    expect(textsOf(await source.next())).toEqual(["4"]);
  });

  it("gives the last line of a removed file although it has no line break", async () => {
    const cwd = folderOf({ a: "1\n2" });
    const source = await follow(["*"], { cwd });
    await source.next();
    unlinkSync(join(cwd, "a"));
    const last = await source.next();
    expect(textsOf(last)).toEqual(["2"]);
    expect(last[0]?.position).toEqual({ kind: "records", followed: true, files: [] });
  });

  it("knows a file by another name of the same glob, and gives none of it twice", async () => {
    const cwd = folderOf({ "a.log": "1\n" });
    const source = await follow(["*.log"], { cwd });
    await source.next();
    renameSync(join(cwd, "a.log"), join(cwd, "b.log"));
    writeFileSync(join(cwd, "a.log"), "3\n");
    appendFileSync(join(cwd, "b.log"), "2\n");
    expect([...textsOf(await source.next()), ...textsOf(await source.next())]).toEqual(["2", "3"]);
  });

  it("reads a file that was cut, or written anew in its place, from its beginning, and says so", async () => {
    const cwd = folderOf({ a: "1\n2\n3\n" });
    const source = await follow(["a"], { cwd });
    expect(textsOf(await source.next(1))).toEqual(["1"]);
    truncateSync(join(cwd, "a"));
    appendFileSync(join(cwd, "a"), "4\n");
    // what was read already is not lost
    expect(textsOf(await source.next())).toEqual(["2", "3"]);
    expect(textsOf(await source.next())).toEqual(["4"]);
    writeFileSync(join(cwd, "a"), "5\n6\n7\n8\n");
    expect(textsOf(await source.next())).toEqual(["5", "6", "7", "8"]);
    expect(source.printed).toEqual(Array(2).fill("a was cut or written anew: it is read from its beginning"));
  });

  it("goes on after a crash where it was, in each file, also in one that was moved away meanwhile", async () => {
    const cwd = folderOf({ a: "1\n2\n", b: "3\n" });
    const before = await follow(["a", "b"], { cwd });
    expect(textsOf(await before.next())).toEqual(["1", "2"]);
    const [third] = await before.next();
    await before.reader.close();
    appendFileSync(join(cwd, "a"), "4\n");
    renameSync(join(cwd, "a"), join(cwd, "a.1"));
    writeFileSync(join(cwd, "a"), "5\n");
    appendFileSync(join(cwd, "b"), "6\n");
    const after = await follow(["a", "b"], { cwd, position: third?.position ?? null });
    const texts: string[] = [];
    while (texts.length < 3) texts.push(...textsOf(await after.next()));
    expect(texts).toEqual(["4", "6", "5"]);
    expect(after.printed).toEqual([]);
  });

  it("says what is lost when a file was replaced while nobody followed", async () => {
    const cwd = folderOf({ a: "1\n2\n" });
    const before = await follow(["a"], { cwd });
    const [, second] = await before.next();
    await before.reader.close();
    writeFileSync(join(cwd, "a"), "7\n8\n9\n");
    const after = await follow(["a"], { cwd, position: second?.position ?? null });
    expect(textsOf(await after.next())).toEqual(["7", "8", "9"]);
    expect(after.printed[0]).toContain("what was left of that is lost");
  });

  it("does not go on where a source was that was not followed, nor the other way", async () => {
    const cwd = folderOf({ a: "1\n", b: "2\n" });
    const [followed] = await (await follow(["*"], { cwd })).next();
    const [read] = await (await openWorld(records(["*"]), { cwd })).rest(1);
    expect(await codeOf(openWorld(records(["*"]), { cwd, position: followed?.position ?? null }))).toBe(
      "SOURCE_UNREADABLE",
    );
    expect(await codeOf(follow(["*"], { cwd, position: read?.position ?? null }))).toBe("SOURCE_UNREADABLE");
  });

  it("stops waiting when it is told to, and gives what comes later", async () => {
    const cwd = folderOf({ a: "" });
    const source = await follow(["a"], { cwd });
    const stop = new AbortController();
    const read = source.reader.read(1, stop.signal);
    stop.abort(new Error("enough"));
    await expect(read).rejects.toThrow("enough");
    appendFileSync(join(cwd, "a"), "1\n");
    expect(textsOf(await source.next())).toEqual(["1"]);
  });
});
