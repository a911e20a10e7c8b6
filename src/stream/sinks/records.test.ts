import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { open } from "../../../test/sink-world.ts";
import { recordsOf } from "../../../test/stage-world.ts";
import type { Json } from "../../expression/json.ts";
import type { SinkTarget } from "../../language/pipeline.ts";
import { temporaryFolder } from "../../testing/testbed.ts";
import type { Written } from "../sink.ts";

const csv = { kind: "csv", separator: "," } as const;
const jsonl = { kind: "jsonl" } as const;

function plain({ dead }: Written): readonly Json[] {
  return dead.map(({ index, reason }) => [index, reason]);
}

describe("a sink that is a file of records", () => {
  const file = (path: string, more: Partial<SinkTarget & { readonly kind: "records" }> = {}) =>
    ({ kind: "records", path, format: jsonl, ...more }) as const;

  it("writes each record as it stands", async () => {
    const cwd = temporaryFolder();
    const { write, writer } = await open(file("deep/out.jsonl"), { cwd });
    await write([{ no: 0, text: '{"id":12345678901234567890,"x":1.50}' }]);
    await write(recordsOf(["é\n", null]));
    await writer.finish();
    await writer.close();
    expect(readFileSync(join(cwd, "deep/out.jsonl"), "utf8")).toBe(
      '{"id":12345678901234567890,"x":1.50}\n"é\\n"\nnull\n',
    );
  });

  it("has one header, whenever it is opened, and lets records die that do not fit under it", async () => {
    const cwd = temporaryFolder();
    const target = file("out.csv", { format: csv });
    const first = await open(target, { cwd });
    const written = await first.write(
      recordsOf([{ a: 1, b: "x,y" }, { a: 2, c: 3 }, "text", { a: [1, { d: null }] }]),
    );
    expect(written.dead.map(({ index, reason }) => [index, reason])).toEqual([
      [1, expect.stringContaining('"c"')],
      [2, expect.stringContaining("no object")],
    ]);
    await first.writer.close();
    const { position } = written;
    const second = await open(target, { cwd, position });
    await second.write(recordsOf([{ b: "z", a: 5 }]));
    await second.writer.close();
    expect(readFileSync(join(cwd, "out.csv"), "utf8")).toBe('a,b\n1,"x,y"\n"[1,{""d"":null}]",\n5,z\n');
  });

  it("takes the columns of the header that it is appended to", async () => {
    const cwd = temporaryFolder();
    for (const there of ["b,a", "b,a\n1,2\n"]) {
      writeFileSync(join(cwd, "out.csv"), there);
      const { write, writer } = await open(file("out.csv", { format: csv, append: true }), { cwd });
      await write(recordsOf([{ a: 3, b: 4 }]));
      await writer.close();
      expect(readFileSync(join(cwd, "out.csv"), "utf8")).toBe(`${there.trimEnd()}\n4,3\n`);
    }
  });

  it("is the same whenever who writes it is killed before it is kept how far he came", async () => {
    const record = fc.dictionary(fc.constantFrom("a", "b"), fc.oneof(fc.string(), fc.integer()));
    const batch = fc.record({ values: fc.array(record, { maxLength: 4 }), killed: fc.boolean() });
    const formats = fc.constantFrom(jsonl, csv, { ...csv, columns: ["b", "a"] });
    const cwd = temporaryFolder();
    await fc.assert(
      fc.asyncProperty(formats, fc.array(batch, { maxLength: 5 }), async (format, batches) => {
        const once = await open(file("once", { format }), { cwd });
        const dead: Json[] = [];
        for (const { values } of batches) dead.push(...plain(await once.write(recordsOf(values))));
        await once.writer.finish();
        await once.writer.close();
        let { writer, write } = await open(file("killed", { format }), { cwd });
        let { position } = writer;
        const deadToo: Json[] = [];
        for (const { values, killed } of batches) {
          if (killed) {
            await write(recordsOf(values));
            await writer.close();
            ({ writer, write } = await open(file("killed", { format }), { cwd, position }));
          }
          const written = await write(recordsOf(values));
          deadToo.push(...plain(written));
          position = JSON.parse(JSON.stringify(written.position)) as Json;
        }
        await writer.finish();
        await writer.close();
        expect(deadToo).toEqual(dead);
        expect(readFileSync(join(cwd, "killed"), "utf8")).toBe(readFileSync(join(cwd, "once"), "utf8"));
        expect(readdirSync(cwd)).not.toContain("killed.cut");
      }),
      { numRuns: 60 },
    );
  });

  it("begins anew when its path is another than before", async () => {
    const cwd = temporaryFolder();
    const first = await open(file("a.jsonl"), { cwd });
    const { position } = await first.write(recordsOf([1]));
    await first.writer.close();
    const second = await open(file("b.jsonl"), { cwd, position });
    await second.write(recordsOf([2]));
    await second.writer.close();
    expect(readFileSync(join(cwd, "a.jsonl"), "utf8")).toBe("1\n");
    expect(readFileSync(join(cwd, "b.jsonl"), "utf8")).toBe("2\n");
  });

  it("stays in the folder of the project, unless its path is absolute", async () => {
    const cwd = join(temporaryFolder(), "project");
    mkdirSync(cwd);
    const elsewhere = temporaryFolder();
    symlinkSync(elsewhere, join(cwd, "link"));
    symlinkSync(join(elsewhere, "x"), join(cwd, "dangling.jsonl"));
    for (const path of ["../out.jsonl", "link/out.jsonl", "dangling.jsonl", ".", "", "a\0b"])
      await expect(open(file(path), { cwd })).rejects.toMatchObject({ code: "BAD_VALUE" });
    const { writer } = await open(file(join(elsewhere, "out.jsonl")), { cwd });
    await writer.finish();
    await writer.close();
    expect(existsSync(join(elsewhere, "out.jsonl"))).toBe(true);
  });

  it("stays out of what is git's and tutti's, wherever that lies", async () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, ".git"));
    symlinkSync(".git", join(cwd, "link"));
    const elsewhere = join(temporaryFolder(), ".tutti/out.jsonl");
    for (const path of [".git/config", "a/.tutti/x.jsonl", ".tutti", "link/x", elsewhere])
      await expect(open(file(path), { cwd })).rejects.toMatchObject({ code: "BAD_VALUE" });
    expect(readdirSync(cwd).sort()).toEqual([".git", "link"]);
  });

  it("does not open where no folder can be made", async () => {
    const opening = open(file("/proc/tutti/out.jsonl"), { cwd: temporaryFolder() });
    await expect(opening).rejects.toMatchObject({ failure: { class: "permanent" } });
  });

  it("never takes the place of what was moved away for another run", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "out.jsonl"), '"mine"\n');
    for (const run of [1, 2, 3]) {
      const { write, writer } = await open(file("out.jsonl"), { cwd });
      await write(recordsOf([run]));
      await writer.close();
    }
    const names = ["out.jsonl.before", "out.jsonl.before-2", "out.jsonl.before-3", "out.jsonl"];
    expect(names.map((name) => readFileSync(join(cwd, name), "utf8"))).toEqual([
      '"mine"\n',
      "1\n",
      "2\n",
      "3\n",
    ]);
  });

  it("does not open where another sink of the pipeline writes, whatever the way there is called", async () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, "real"));
    symlinkSync("real", join(cwd, "link"));
    const taken = new Set<string>();
    const { writer } = await open(file("real/out.jsonl"), { cwd, taken });
    for (const path of ["./real/out.jsonl", "link/out.jsonl", join(cwd, "link/out.jsonl")])
      await expect(open(file(path), { cwd, taken })).rejects.toMatchObject({
        code: "BAD_VALUE",
        fix: expect.stringContaining("a file of its own") as string,
      });
    await writer.close();
    const { writer: other } = await open(file("real/other.jsonl"), { cwd, taken });
    await other.close();
  });

  it("writes to what a symbolic link inside means", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "real.jsonl"), "old\n");
    symlinkSync("real.jsonl", join(cwd, "out.jsonl"));
    const { write, writer } = await open(file("out.jsonl", { append: true }), { cwd });
    await write(recordsOf([1]));
    await writer.close();
    expect(readFileSync(join(cwd, "real.jsonl"), "utf8")).toBe("old\n1\n");
  });

  it("writes nothing when it was stopped before", async () => {
    const cwd = temporaryFolder();
    const { writer } = await open(file("out.jsonl"), { cwd });
    const stopped = AbortSignal.abort(new Error("stop"));
    await expect(writer.write({ id: "out/0", records: recordsOf([1]) }, stopped)).rejects.toThrow("stop");
    expect(existsSync(join(cwd, "out.jsonl"))).toBe(false);
  });
});
