import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { createStageHost, recordsOf, type StageHostOptions } from "../../../test/stage-world.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Json } from "../../expression/json.ts";
import type { SinkTarget } from "../../language/pipeline.ts";
import type { StreamRecord } from "../../ports/stream-store.ts";
import { temporaryFolder } from "../../testing/testbed.ts";
import { openSink } from "./open.ts";

const { signal } = new AbortController();
const csv = { kind: "csv", separator: "," } as const;
const jsonl = { kind: "jsonl" } as const;

interface Opening extends StageHostOptions {
  readonly cwd?: string;
  readonly position?: Json;
}

async function open(target: SinkTarget, { cwd = "/project", position = null, ...options }: Opening = {}) {
  const host = { ...createStageHost(options), cwd };
  const sink = { name: "out", from: ["source"], batchSize: 10, batchWaitMs: 0, ...target };
  const writer = await openSink(sink, { position, host });
  const write = (records: readonly StreamRecord[], id = "out/0") => writer.write({ id, records }, signal);
  return { host, writer, write };
}

function allIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
}

const ok = (): Outcome => ({ ok: true });

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

describe("a sink that makes a file of each record", () => {
  const files = { kind: "files", path: "out/${ record.id }.md", text: "# ${ record.title }\n" } as const;

  it("writes each at its place, also a second time; the last of one path counts", async () => {
    const cwd = temporaryFolder();
    const { write } = await open(files, { cwd });
    const batch = recordsOf([
      { id: "a/1", title: "One" },
      { id: 2, title: "old" },
      { id: 2, title: "Two" },
    ]);
    for (let times = 0; times < 2; times += 1)
      expect(await write(batch)).toEqual({ position: null, dead: [] });
    expect(allIn(join(cwd, "out"))).toEqual(["2.md", "a", "a/1.md"]);
    expect(readFileSync(join(cwd, "out/a/1.md"), "utf8")).toBe("# One\n");
    expect(readFileSync(join(cwd, "out/2.md"), "utf8")).toBe("# Two\n");
  });

  it("writes the record itself where no text is said", async () => {
    const cwd = temporaryFolder();
    const { write } = await open({ kind: "files", path: "${ record.id }.json" }, { cwd });
    await write([{ no: 0, text: '{"id":12345678901234567890}' }]);
    expect(readFileSync(join(cwd, "12345678901234567890.json"), "utf8")).toBe(
      '{"id":12345678901234567890}\n',
    );
  });

  it("lets records die whose file can be nowhere, and writes the others", async () => {
    const cwd = join(temporaryFolder(), "project");
    mkdirSync(join(cwd, "out/folder.md"), { recursive: true });
    writeFileSync(join(cwd, "out/file"), "");
    const { write } = await open(files, { cwd });
    const ids = ["../../up", "folder", "file/x", "x".repeat(300), "a\0b", "good"];
    const { dead } = await write([
      ...recordsOf(ids.map((id) => ({ id, title: "t" }))),
      ...recordsOf([{ id: "no title" }]),
    ]);
    expect(dead.map(({ index, code }) => [index, code])).toEqual([
      [0, "BAD_VALUE"],
      [1, "SINK_FAILED"],
      [2, "SINK_FAILED"],
      [3, "SINK_FAILED"],
      [4, "BAD_VALUE"],
      [6, "EXPRESSION_FAILED"],
    ]);
    expect(readdirSync(join(cwd, "out")).sort()).toEqual(["file", "folder.md", "good.md"]);
    expect(readdirSync(dirname(cwd))).toEqual(["project"]);
  });

  it("keeps an absolute path below the folder in which it begins", async () => {
    const root = temporaryFolder();
    const { write } = await open({ kind: "files", path: `${root}/new/\${ record }.txt`, text: "x" });
    const { dead } = await write(recordsOf(["in", "../out"]));
    expect(dead).toMatchObject([{ index: 1, code: "BAD_VALUE" }]);
    expect(allIn(root)).toEqual(["new", "new/in.txt"]);
  });
});

describe("a sink that runs a line", () => {
  const line = 'load --table "${{ inputs.table }}" --first ${{ record.id }} --of ${{ size(batch) }}';
  const target = { kind: "command", line, env: { MODE: "${ inputs.table }!" }, format: jsonl } as const;
  const scope = { inputs: { table: "t" } };

  it("hands each batch over on standard input, under a name that stays", async () => {
    const { host, write } = await open(target, { scope, answer: ok });
    expect(await write(recordsOf([{ id: 7 }, { id: 8 }]), "out/3")).toEqual({ position: null, dead: [] });
    expect(host.asked).toMatchObject([
      {
        request: {
          kind: "run",
          stdin: '{"id":7}\n{"id":8}\n',
          shell: { values: { TUTTI_V1: "t", TUTTI_V2: "7", TUTTI_V3: "2" } },
        },
        work: { id: "out/3", stage: "out", attempt: 1, env: { MODE: "t!", TUTTI_BATCH: "out/3" } },
      },
    ]);
  });

  it("gives each batch of CSV its header, without what cannot be written; a batch with nothing else is not handed over", async () => {
    const { host, write } = await open({ ...target, line: "load", format: csv }, { scope, answer: ok });
    const written = await write(recordsOf(["text", { id: 1 }]));
    expect(written.dead).toMatchObject([{ index: 0 }]);
    await write(recordsOf(["text"]));
    expect(host.asked).toMatchObject([{ request: { stdin: "id\n1\n" } }]);
  });

  it("rejects with all that came of it, and counts how often it was tried", async () => {
    const failure = { code: "COMMAND_FAILED", message: "exit status 75", class: "transient" } as const;
    const { host, write } = await open(target, { scope, answer: () => ({ ok: false, failure }) });
    const batch = recordsOf([{ id: 7 }]);
    await expect(write(batch)).rejects.toMatchObject({
      code: "COMMAND_FAILED",
      failure,
      outcome: { ok: false },
    });
    await expect(write(batch)).rejects.toMatchObject({ failure });
    await expect(write(batch, "out/1")).rejects.toMatchObject({ failure });
    expect(host.asked.map(({ work }) => work.attempt)).toEqual([1, 2, 1]);
  });

  it("rejects for good, and asks nobody, when its line cannot be filled in", async () => {
    const { host, write } = await open(target, { scope, answer: ok });
    await expect(write(recordsOf([{}]))).rejects.toMatchObject({
      code: "EXPRESSION_FAILED",
      failure: { class: "permanent" },
    });
    expect(host.asked).toEqual([]);
  });
});

describe("a sink that sends", () => {
  const target = {
    kind: "http",
    method: "POST",
    url: "https://example.com/${ record.to }",
    headers: { Authorization: "Bearer ⟨secret⟩" },
    format: { kind: "json" },
  } as const;

  it("sends each batch as a body, with a key that is the same after a crash and of no other pipeline", async () => {
    const first = await open(target, { answer: ok });
    const batch = recordsOf([{ to: "a b" }, 2]);
    const { position } = await first.write(batch, "stage ä/0");
    expect(position).toEqual(first.writer.position);
    const again = await open(target, { answer: ok, position });
    await again.write(batch, "stage ä/0");
    expect(again.host.asked).toEqual(first.host.asked);
    const other = await open(target, { answer: ok });
    await other.write(batch, "stage ä/0");
    expect(other.host.asked).not.toEqual(first.host.asked);
    expect(first.host.asked).toMatchObject([
      {
        request: {
          method: "POST",
          url: "https://example.com/a b",
          body: '[{"to":"a b"},2]',
          headers: {
            authorization: "Bearer ⟨secret⟩",
            "content-type": "application/json",
            "idempotency-key": expect.stringMatching(/^[\x21-\x7e]+$/) as string,
          },
        },
      },
    ]);
  });

  it("says what it sends, unless the author does", async () => {
    const types = ["jsonl", "lines"] as const;
    for (const kind of types) {
      const { host, write } = await open({ ...target, format: { kind } }, { answer: ok });
      await write(recordsOf([{ to: "x" }]));
      expect(host.asked).toMatchObject([
        {
          request: {
            body: '{"to":"x"}\n',
            headers: {
              "content-type": expect.stringContaining(kind === "lines" ? "text/plain" : "ndjson") as string,
            },
          },
        },
      ]);
    }
    const headers = { "Content-Type": "text/x-log", "Idempotency-Key": "mine" };
    const { host, write } = await open({ ...target, headers }, { answer: ok });
    await write(recordsOf([{ to: "x" }]));
    expect(host.asked).toMatchObject([
      { request: { headers: { "content-type": "text/x-log", "idempotency-key": "mine" } } },
    ]);
  });
});

describe("a sink that is the result", () => {
  it("has nothing to write", async () => {
    const { write, writer } = await open({ kind: "result", most: 10 });
    expect(await write(recordsOf([1]))).toEqual({ position: null, dead: [] });
    await writer.finish();
    await writer.close();
  });
});
