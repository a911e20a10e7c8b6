import { createHash } from "node:crypto";
import { mkdir, open, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { TuttiError, messageOf } from "../../errors.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Json, JsonObject } from "../../expression/json.ts";

/**
 * A folder with what agents did: `tape.jsonl`, one line a task, and `blobs/`, the contents of changed files by their
 * hash. An entry is on disk when `record` resolves; its blobs were written before it.
 */
export interface Cassette {
  entries(): Promise<readonly Entry[]>;
  record(entry: Entry): Promise<void>;
  keep(content: Uint8Array): Promise<string>;
  blob(id: string): Promise<Uint8Array>;
}

export interface Entry {
  readonly address: string;
  readonly attempt: number;
  readonly agent: string;
  readonly request: RecordedRequest;
  readonly outcome: Outcome;
  readonly files: readonly FileChange[];
  /** Changed files outside the step's folder: they cannot be replayed. */
  readonly outside: readonly string[];
  /** Changed files that hold a secret: they are not kept and cannot be replayed. */
  readonly withheld: readonly string[];
}

/** Takes known secrets out of what a cassette keeps. */
export interface Redaction {
  text(text: string): string;
  json(value: Json): Json;
  outcome(outcome: Outcome): Outcome;
  isIn(bytes: Uint8Array): boolean;
}

/** What the agent was asked, without what differs from machine to machine. */
export type RecordedRequest = JsonObject;

/** `before` and `after` are signatures as `fileSignature` gives them: "" for no file. */
export interface FileChange {
  readonly path: string;
  readonly before: string;
  readonly after: string;
  /** Hash of the new content in `blobs/`; absent for a deleted file and a link. */
  readonly blob?: string;
}

const version = 1;
const tapeName = "tape.jsonl";

const entrySchema = z.object({
  tutti: z.literal(version),
  address: z.string(),
  attempt: z.int(),
  agent: z.string(),
  request: z.record(z.string(), z.json()),
  outcome: z.looseObject({ ok: z.boolean() }),
  files: z.array(
    z.object({ path: z.string(), before: z.string(), after: z.string(), blob: z.string().optional() }),
  ),
  outside: z.array(z.string()),
  withheld: z.array(z.string()).default([]),
});

export function openCassette(folder: string): Cassette {
  const blobPath = (id: string) => join(folder, "blobs", id);
  return {
    entries: () => readTape(join(folder, tapeName)),
    record: async (entry) => {
      await mkdir(folder, { recursive: true });
      const file = await open(join(folder, tapeName), "a", 0o600);
      try {
        // One write of one line: tapes of steps that end at the same time do not mix.
        await file.write(`${JSON.stringify({ tutti: version, ...entry })}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
    },
    keep: async (content) => {
      const id = createHash("sha256").update(content).digest("hex");
      await mkdir(join(folder, "blobs"), { recursive: true });
      const passing = `${blobPath(id)}.${process.pid}.tmp`;
      await writeFile(passing, content, { mode: 0o600, flush: true });
      await rename(passing, blobPath(id));
      return id;
    },
    blob: async (id) => {
      const content = /^[0-9a-f]{64}$/.test(id)
        ? await readFile(blobPath(id)).catch(() => undefined)
        : undefined;
      if (content && createHash("sha256").update(content).digest("hex") === id) return content;
      throw new TuttiError("ARTIFACT_MISSING", `Cannot read "${id}" of the cassette: it is gone or damaged`, {
        fix: "record the run again",
      });
    },
  };
}

async function readTape(path: string): Promise<readonly Entry[]> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new TuttiError("FILE_NOT_FOUND", `Cannot read the cassette "${path}": ${messageOf(error)}`, {
      fix: "record a run first, or name the folder that holds tape.jsonl",
      cause: error,
    });
  });
  const lines = text.split("\n");
  // A recorder that was killed leaves a last line without its end; everything before it counts.
  lines.pop();
  return lines.map((line, index) => readEntry(line, { path, line: index + 1 }));
}

function readEntry(text: string, place: { readonly path: string; readonly line: number }): Entry {
  try {
    return entrySchema.parse(JSON.parse(text)) as unknown as Entry;
  } catch (error) {
    throw new TuttiError(
      "FILE_UNREADABLE",
      `Cannot read the cassette "${place.path}": line ${place.line} is no recorded task`,
      { fix: "repair or remove the line, or record the run again", cause: error },
    );
  }
}
