import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import * as disk from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTuttiError } from "../../errors.ts";
import { faultyDisk, Killed, type Fault } from "../../../test/faulty-disk.ts";
import { temporaryFolder, tinyDisk } from "../../testing/testbed.ts";
import type { FileMark } from "./file-mark.ts";
import { SinkFailure } from "../sink.ts";
import { openOutputFile, type FileSystem, type OutputFile } from "./output-file.ts";

interface Opening {
  readonly mark?: FileMark;
  readonly append?: boolean;
  readonly fs?: FileSystem;
}

interface World {
  readonly path: string;
  readonly printed: string[];
  readonly open: (options?: Opening) => Promise<OutputFile>;
  readonly text: () => string;
}

function world(folder = temporaryFolder()): World {
  const path = join(folder, "deep", "out.jsonl");
  const printed: string[] = [];
  return {
    path,
    printed,
    open: ({ mark, append = false, fs } = {}) =>
      openOutputFile(path, { mark, append, print: (line) => printed.push(line), ...(fs ? { fs } : {}) }),
    text: () => readFileSync(path, "utf8"),
  };
}

const bytes = (text: string): Buffer => Buffer.from(text);

describe("a file that grows", () => {
  it("holds what was appended, and goes on at its mark", async () => {
    const { open, text } = world();
    const first = await open();
    await first.append(bytes("a\n"));
    await first.append(bytes("b\n"));
    await first.close();
    const second = await open({ mark: first.mark });
    await second.append(bytes("c\n"));
    await second.finish();
    await second.close();
    expect(text()).toBe("a\nb\nc\n");
  });

  it("is empty when nothing came, and is not made before it is finished", async () => {
    const { open, path, text } = world();
    const file = await open();
    expect(existsSync(path)).toBe(false);
    await file.finish();
    await file.close();
    expect(text()).toBe("");
  });
});

describe("a file that takes the place of another", () => {
  it("leaves it until there is something to write, and then beside it", async () => {
    const { open, path, text, printed } = world();
    mkdirSync(join(path, ".."));
    writeFileSync(path, "old\n");
    const unused = await open();
    await unused.close();
    expect(text()).toBe("old\n");
    const file = await open();
    await file.append(bytes("new\n"));
    await file.close();
    expect(text()).toBe("new\n");
    expect(readFileSync(`${path}.before`, "utf8")).toBe("old\n");
    expect(printed).toEqual([`${path}: what was there is in out.jsonl.before now`]);
  });

  it("moves it away once, however often it is opened before its first mark", async () => {
    const { open, path, text } = world();
    mkdirSync(join(path, ".."));
    writeFileSync(path, "old\n");
    const killed = await open();
    const { mark } = killed;
    await killed.append(bytes("new\n"));
    await killed.close();
    const again = await open({ mark });
    await again.append(bytes("new\n"));
    await again.finish();
    await again.close();
    expect(text()).toBe("new\n");
    expect(readFileSync(`${path}.before`, "utf8")).toBe("old\n");
  });
});

describe("a file that is appended to", () => {
  it("keeps what was there, and ends its last line", async () => {
    const { open, path, text } = world();
    mkdirSync(join(path, ".."));
    writeFileSync(path, "old");
    const file = await open({ append: true });
    await file.append(bytes("a\n"));
    await file.append(bytes("b\n"));
    await file.close();
    expect(text()).toBe("old\na\nb\n");
    expect(existsSync(`${path}.before`)).toBe(false);
  });
});

const beginnings = [
  { there: undefined, append: false, gives: "" },
  { there: "old\nold\n", append: false, gives: "" },
  { there: "old\nold\n", append: true, gives: "old\nold\n" },
  { there: "old\nol", append: true, gives: "old\nol\n" },
  { there: undefined, append: true, gives: "" },
] as const;

const fault: fc.Arbitrary<Fault> = fc.record({
  at: fc.integer({ min: 1, max: 40 }),
  kind: fc.constantFrom("kill", "full"),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
});
const story = fc.record({
  beginning: fc.constantFrom(...beginnings),
  batches: fc.array(fc.stringMatching(/^[a-c]{0,9}$/), { maxLength: 8 }),
  faults: fc.array(fault, { maxLength: 5 }),
});

const never: Fault = { at: Infinity, kind: "kill", share: 0 };

/** What a fault is to who writes, or keeps. */
function isFault(error: unknown): boolean {
  const cause = error instanceof SinkFailure ? error.cause : error;
  return cause instanceof Killed || (cause instanceof Error && cause.message.startsWith("ENOSPC"));
}

/** One life of a process: it opens the file where it was kept, and keeps each mark; killed anywhere, also before it kept one. */
async function live(open: World["open"], { kept, texts, fault, append }: Life): Promise<void> {
  const { fs, step, end } = faultyDisk(fault);
  const keep = (mark: FileMark, done: number): void => {
    step();
    kept.mark = JSON.parse(JSON.stringify(mark)) as FileMark;
    kept.done = done;
  };
  try {
    const file = await open({ ...(kept.mark ? { mark: kept.mark } : {}), append, fs });
    keep(file.mark, kept.done);
    for (let at = kept.done; at < texts.length; at = kept.done) {
      const batch = bytes(texts[at] ?? "");
      await file.append(batch).catch((error: unknown) => {
        if (!isTuttiError(error, "STORE_FULL")) throw error;
        return file.append(batch);
      });
      keep(file.mark, at + 1);
    }
    await file.finish();
    await file.close();
    kept.isFinished = true;
  } finally {
    await end();
  }
}

interface Life {
  readonly kept: { mark?: FileMark; done: number; isFinished: boolean };
  readonly texts: readonly string[];
  readonly fault: Fault;
  readonly append: boolean;
}

describe("whatever happens to who writes it, the file", () => {
  it("is in the end what it would have been without, and nothing lies beside it but what was there", async () => {
    await fc.assert(
      fc.asyncProperty(story, async ({ beginning, batches, faults }) => {
        const { there, append, gives } = beginning;
        const folder = await disk.mkdtemp(join(tmpdir(), "tutti-"));
        const { open, path, text } = world(folder);
        mkdirSync(join(path, ".."));
        if (there !== undefined) writeFileSync(path, there);
        const texts = batches.map((batch) => `${batch}\n`);
        const kept = { done: 0, isFinished: false };
        for (const fault of [...faults, never, never])
          await live(open, { kept, texts, fault, append }).catch((error: unknown) => {
            if (!isFault(error)) throw error;
          });
        expect(kept.isFinished).toBe(true);
        const isSame = texts.length === 0 && append;
        expect(text()).toBe(isSame ? (there ?? "") : gives + texts.join(""));
        const isReplaced = there !== undefined && !append;
        expect(readdirSync(join(path, "..")).sort()).toEqual(
          isReplaced ? ["out.jsonl", "out.jsonl.before"] : ["out.jsonl"],
        );
        expect(isReplaced ? readFileSync(`${path}.before`, "utf8") : there).toBe(there);
        rmSync(folder, { recursive: true });
      }),
      { numRuns: 100 },
    );
  });
});

describe("a file that is not as it was left", () => {
  async function written() {
    const here = world();
    const file = await here.open();
    await file.append(bytes("a\n"));
    return { ...here, file };
  }
  const somebody = { code: "SINK_CHANGED", fix: expect.stringContaining("resume") as string };

  it("is left alone when somebody else has written it, for good", async () => {
    const { file, path, text } = await written();
    appendFileSync(path, "theirs\n");
    await expect(file.append(bytes("b\n"))).rejects.toMatchObject(somebody);
    await expect(file.append(bytes("b\n"))).rejects.toMatchObject(somebody);
    await expect(file.finish()).rejects.toMatchObject(somebody);
    expect(text()).toBe("a\ntheirs\n");
    await file.close();
  });

  for (const [what, change] of [
    ["is gone", (path: string) => rmSync(path)],
    ["was moved away", (path: string) => renameSync(path, `${path}.1`)],
    ["is another", (path: string) => writeFileSync(`${path}.new`, "x\n") ?? renameSync(`${path}.new`, path)],
    ["was cut", (path: string) => truncateSync(path, 1)],
  ] as const)
    it(`is not written when it ${what}, now and at the next opening`, async () => {
      const { file, path, open } = await written();
      change(path);
      await expect(file.append(bytes("b\n"))).rejects.toMatchObject(somebody);
      await file.close();
      await expect(open({ mark: file.mark })).rejects.toMatchObject(somebody);
    });

  it("goes on when it is the same by its content: copied, or from a backup", async () => {
    const { file, path, open, text } = await written();
    await file.close();
    const content = readFileSync(path);
    rmSync(path);
    writeFileSync(path, content);
    const again = await open({ mark: file.mark });
    await again.append(bytes("b\n"));
    await again.close();
    expect(text()).toBe("a\nb\n");
  });

  it("gets what is not the pipeline's moved beside it at the next opening, told to who looks on", async () => {
    const { file, path, open, text, printed } = await written();
    await file.close();
    appendFileSync(path, "theirs\n");
    const again = await open({ mark: file.mark });
    expect(text()).toBe("a\ntheirs\n");
    await again.append(bytes("b\n"));
    await again.close();
    expect(text()).toBe("a\nb\n");
    expect(readFileSync(`${path}.cut`, "utf8")).toBe("theirs\n");
    expect(printed).toEqual([
      `${path}: 7 bytes behind what the pipeline had written are in out.jsonl.cut now`,
    ]);
  });

  it("is cut when it is finished, where a killed process left what is not wanted any more", async () => {
    const { file, path, open, text } = await written();
    const { mark } = file;
    await file.append(bytes("half"));
    await file.close();
    const again = await open({ mark });
    await again.finish();
    await again.close();
    expect(text()).toBe("a\n");
    expect(readFileSync(`${path}.cut`, "utf8")).toBe("half");
  });
});

describe("a place that cannot be written", () => {
  it("is told before anything is: a folder, a file where its folder should be", async () => {
    const { open, path } = world();
    mkdirSync(path, { recursive: true });
    await expect(open()).rejects.toMatchObject({ code: "BAD_VALUE", failure: { class: "permanent" } });
    rmSync(join(path, ".."), { recursive: true });
    writeFileSync(join(path, ".."), "");
    await expect(open()).rejects.toMatchObject({ code: "SINK_FAILED", failure: { class: "permanent" } });
  });

  it("is told before anything is: no right to it, a disk that is only read", async () => {
    for (const code of ["EACCES", "EROFS"]) {
      const fs = { ...disk, access: () => Promise.reject(Object.assign(new Error(code), { code })) };
      await expect(world().open({ fs })).rejects.toMatchObject({
        code: "SINK_FAILED",
        message: expect.stringContaining("written") as string,
        failure: { class: "permanent" },
      });
    }
  });

  it("takes back what it wrote when the disk is full, and goes on when there is room", async (test) => {
    const tiny = tinyDisk(1);
    if (!tiny) return test.skip("no disk can be mounted here");
    const { open, path, text } = world(tiny.folder);
    const file = await open();
    await file.append(bytes("a\n"));
    const large = Buffer.alloc(2_000_000, "x");
    await expect(file.append(large)).rejects.toMatchObject({
      code: "STORE_FULL",
      message: `Cannot write "${path}": the disk is full`,
      failure: { class: "transient" },
    });
    expect(statSync(path).size).toBe(2);
    await file.append(bytes("b\n"));
    await file.close();
    expect(text()).toBe("a\nb\n");
    expect(readdirSync(join(path, ".."))).toEqual(["out.jsonl"]);
  });
});
