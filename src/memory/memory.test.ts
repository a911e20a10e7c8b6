import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  watch,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { memoryContract, newNotes } from "../testing/memory-contract.ts";
import { startProgram, temporaryFolder, tinyDisk } from "../testing/testbed.ts";
import { createMemoryFiles } from "./files.ts";
import { createKeptMemory } from "./kept.ts";

describe("a memory that goes with its process", () => {
  memoryContract(() => {
    const texts = new Map<string, { text: string; changedAt: number }>();
    const write = (name: string, text: string) => texts.set(name, { text, changedAt: 0 });
    return { memory: createKeptMemory({ now: () => 1000 }, texts), write };
  });
});

describe("a memory in files", () => {
  memoryContract(() => filesIn(temporaryFolder()));

  it("is a Markdown file that says what it is", async () => {
    const { memory, path } = filesIn(temporaryFolder());
    await memory.add("notes", newNotes(["One."]));
    expect(readFileSync(path, "utf8")).toMatch(
      /^# notes\n\n<!-- Read by steps with `memory: notes`.* -->\n\n- One\. \(2026-01-02, run r1, step build\/test\)\n$/,
    );
    // what the file is costs no tokens
    expect((await memory.read("notes"))?.text).not.toContain("<!--");
    expect(readdirSync(join(path, ".."))).toEqual([".lock", "notes.md"]);
  });

  it("keeps what a person writes while notes are added", async () => {
    const { memory, folder, path, write } = filesIn(temporaryFolder());
    write("notes", "Mine.\n");
    let written = 0;
    const watcher = watch(folder, (_, file) => {
      if (file?.endsWith(".tutti-new") && written < 3) appendFileSync(path, `person ${(written += 1)}\n`);
    });
    onTestFinished(() => watcher.close());
    for (const text of ["One", "Two", "Three"]) await memory.add("notes", newNotes([text]));
    const text = readFileSync(path, "utf8");
    for (let at = 1; at <= written; at += 1) expect(text).toContain(`person ${at}\n`);
    expect(text).toMatch(/^Mine\.\n[^]*- One[^]*- Two[^]*- Three/);
  });

  it("keeps the rights of a file, and a link a link", async () => {
    const { memory, folder, path } = filesIn(temporaryFolder());
    const target = join(folder, "..", "shared.md");
    mkdirSync(folder);
    writeFileSync(target, "Mine.\n", { mode: 0o640 });
    symlinkSync(target, path);
    await memory.add("notes", newNotes(["One"]));
    expect(readFileSync(target, "utf8")).toMatch(/^Mine\.\n- One/);
    expect(statSync(target).mode & 0o777).toBe(0o640);
  });

  it("has all notes of several processes", async () => {
    const { folder, memory } = filesIn(temporaryFolder());
    const programs = ["a", "b"].map((name) => startProgram(adding(folder, { name, count: 15 })));
    await Promise.all(programs.map((program) => program.line("done")));
    expect(await memory.read("notes")).toMatchObject({ notes: 30 });
  });

  it("is whole after a kill, and leaves nothing behind", async () => {
    const { folder, memory } = filesIn(temporaryFolder());
    for (const name of ["a", "b", "c"]) {
      const program = startProgram(adding(folder, { name, count: 1000 }));
      await program.line("added 3");
      await program.kill();
      const { text = "", notes = 0 } = (await memory.read("notes", 1e6)) ?? {};
      expect(text.match(/^- note [abc] \d+ \(2026-01-02, run r1, step build\/test\)$/gm)).toHaveLength(notes);
      expect(text).toContain(`note ${name} 2 (`);
    }
    await memory.add("notes", newNotes(["last"], 1e6));
    expect(readdirSync(folder).toSorted()).toEqual([".lock", "notes.md"]);
  });

  it("says what is the matter, and changes nothing", async () => {
    const { memory, folder, path, write } = filesIn(temporaryFolder());
    write("notes", "Mine.\n");
    chmodSync(path, 0o444);
    await expect(memory.add("notes", newNotes(["One"]))).rejects.toMatchObject({
      message: 'Cannot add to the memory "notes": its file is read-only',
      fix: `make ${path} writable`,
    });
    expect(readFileSync(path, "utf8")).toBe("Mine.\n");
    write("long", "Mine.\n");
    truncateSync(join(folder, "long.md"), 100_000_000);
    const tooLong = ": its file has 100 MB, and more than 1 MB is not looked into";
    await expect(memory.read("long")).rejects.toThrow(`Cannot read the memory "long"${tooLong}`);
    await expect(memory.add("long", newNotes(["One"]))).rejects.toThrow(tooLong);
    expect(statSync(join(folder, "long.md")).size).toBe(100_000_000);
    mkdirSync(join(folder, "folder.md"));
    await expect(memory.read("folder")).rejects.toMatchObject({ code: "MEMORY_FAILED" });
    expect((await memory.list()).map(({ name, trouble }) => [name, trouble !== undefined])).toEqual([
      ["folder", true],
      ["long", true],
      ["notes", false],
    ]);
  });

  it("is as it was when the disk is full", async (test) => {
    const disk = tinyDisk(1);
    if (!disk) return test.skip("no disk can be mounted here");
    const { memory, path } = filesIn(disk.folder);
    await memory.add("notes", newNotes(["One"]));
    const before = readFileSync(path);
    expect(() => writeFileSync(join(disk.folder, "fill"), Buffer.alloc(4e6))).toThrow("ENOSPC");
    await expect(memory.add("notes", newNotes(["Two"]))).rejects.toMatchObject({
      code: "MEMORY_FAILED",
      message: 'Cannot add to the memory "notes": the disk is full',
    });
    expect(readFileSync(path)).toEqual(before);
  });
});

function filesIn(home: string) {
  const folder = join(home, "memory");
  const write = (name: string, text: string): void => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${name}.md`), text);
  };
  return { memory: createMemoryFiles(folder), folder, path: join(folder, "notes.md"), write };
}

function adding(folder: string, { name, count }: { readonly name: string; readonly count: number }): string {
  return `
    import { createMemoryFiles } from ${JSON.stringify(new URL("files.ts", import.meta.url).href)};
    const memory = createMemoryFiles(${JSON.stringify(folder)});
    for (let at = 0; at < ${count}; at += 1) {
      await memory.add("notes", { texts: ["note ${name} " + at], runId: "r1", address: "build/test", at: Date.UTC(2026, 0, 2), maxBytes: 1e6 });
      console.log("added " + at);
    }
    console.log("done");
    setInterval(() => {}, 1000);
  `;
}
