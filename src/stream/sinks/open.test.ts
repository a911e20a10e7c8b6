import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { allIn, open } from "../../../test/sink-world.ts";
import { recordsOf } from "../../../test/stage-world.ts";
import type { Outcome } from "../../core/outcome.ts";
import { temporaryFolder, tinyDisk } from "../../testing/testbed.ts";

const csv = { kind: "csv", separator: "," } as const;
const jsonl = { kind: "jsonl" } as const;

const ok = (): Outcome => ({ ok: true });

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

  it("stays in the folder in which its path begins, and out of what is git's and tutti's", async () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, ".git"));
    mkdirSync(join(cwd, "out"));
    writeFileSync(join(cwd, "tutti.yaml"), "mine");
    symlinkSync("..", join(cwd, "out/link"));
    symlinkSync("../.git", join(cwd, "out/hooks"));
    const below = await open({ kind: "files", path: "out/${ record }", text: "x" }, { cwd });
    const bad = [
      "../.git/config",
      "../tutti.yaml",
      "link/tutti.yaml",
      "hooks/x",
      "a/.git/x",
      ".GIT",
      "../out-2/x",
    ];
    const found = await below.write(recordsOf([...bad, "good"]));
    expect(found.dead.map(({ index, code }) => [index, code])).toEqual(
      bad.map((_, index) => [index, "BAD_VALUE"]),
    );
    expect(found.dead[4]?.reason).toContain("git's own");
    const any = await open({ kind: "files", path: "${ record }.txt", text: "x" }, { cwd });
    const own = [".git/x", ".tutti/x", "a/.tutti/x", "../x", "/x"];
    expect((await any.write(recordsOf([...own, "good"]))).dead).toHaveLength(own.length);
    expect(allIn(cwd).filter((name) => !name.startsWith("out/link/"))).toEqual([
      ".git",
      "good.txt",
      "out",
      "out/good",
      "out/hooks",
      "out/link",
      "tutti.yaml",
    ]);
    expect(readFileSync(join(cwd, "tutti.yaml"), "utf8")).toBe("mine");
  });

  it("may write below a project that lies in a folder of tutti's itself", async () => {
    const cwd = join(temporaryFolder(), ".tutti/trees/a");
    mkdirSync(cwd, { recursive: true });
    const { write } = await open({ kind: "files", path: "out/${ record }", text: "x" }, { cwd });
    expect((await write(recordsOf(["good"]))).dead).toEqual([]);
  });

  it("does not open where its folder is not its own", async () => {
    const cwd = temporaryFolder();
    for (const path of [
      "../${ record }",
      ".git/${ record }",
      ".tutti/x/${ record }",
      "/proc/.git/${ record }",
    ])
      await expect(open({ kind: "files", path }, { cwd })).rejects.toMatchObject({ code: "BAD_VALUE" });
  });

  it("lets a record die that has no name, also where its folder is not there yet", async () => {
    const cwd = temporaryFolder();
    const { write } = await open({ kind: "files", path: "out/${ record }", text: "x" }, { cwd });
    const none = ["", ".", "..", "a/", "a/.", "a/../..", "good/"];
    const { dead } = await write(recordsOf(["good", ...none]));
    const reasons = none.map((name) => `Cannot write "out/${name}": it ends without the name of a file`);
    expect(dead.map(({ reason }) => reason)).toEqual(reasons);
    expect(allIn(cwd)).toEqual(["out", "out/good"]);
  });

  it("leaves nothing half written when the disk is full, and rejects", async (test) => {
    const tiny = tinyDisk(1);
    if (!tiny) return test.skip("no disk can be mounted here");
    const { write } = await open(
      { kind: "files", path: "${ record.id }", text: "${ record.text }" },
      { cwd: tiny.folder },
    );
    const batch = recordsOf([
      { id: "small", text: "x" },
      { id: "large", text: "x".repeat(2_000_000) },
    ]);
    await expect(write(batch)).rejects.toMatchObject({ code: "STORE_FULL", failure: { class: "transient" } });
    // both are written at once: the small one finds the disk full, or does not
    expect(allIn(tiny.folder).filter((name) => name !== "small")).toEqual([]);
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
        work: { id: "out/3", stage: "out", attempt: 1, env: { MODE: "t!" } },
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
