import { createChunkedReader } from "./chunks.ts";
import type { RunLine, SourceOptions } from "./options.ts";
import { isCount, readPosition } from "./position.ts";
import { TuttiError } from "../../errors.ts";
import type { Source } from "../../language/pipeline.ts";
import type { ProcessResult } from "../../ports/processes.ts";
import { createDecoder } from "../records/decode.ts";
import type { SourceReader } from "../source.ts";

type CommandSource = Extract<Source, { readonly kind: "command" }>;

/** Lines of standard error that a failure shows. */
const shownLines = 20;

/**
 * Records that a program prints. What it says on standard error is printed; when it fails, so does the source, after the records
 * that it had given. After a crash it is run again, and as many records as were taken are passed over: it has to print the same
 * again.
 */
export function openCommand(source: CommandSource, options: SourceOptions): SourceReader {
  const { host, flow, runLine } = options;
  const taken = readPosition(options.position, {
    kind: "command",
    parse: (position) => (isCount(position["taken"]) ? position["taken"] : undefined),
  });
  if (!runLine) {
    throw new TuttiError("UNSUPPORTED", "Cannot run the source's command: nothing here runs programs", {
      fix: "hand in how lines are run",
    });
  }
  const program = startProgram(source, { host, runLine });
  const reader = createChunkedReader({
    name: "command",
    decoder: createDecoder(source.format, { maxBytes: flow.recordBytes, name: "command" }),
    next: () => program.next(),
    skip: taken ?? 0,
    repeats: true,
    position: (count) => ({ kind: "command", taken: count }),
  });
  return { read: (most, signal) => reader.read(most, signal), close: () => program.stop() };
}

interface Program {
  /** What it printed next; undefined when it ended well. Rejects with COMMAND_FAILED when it did not. */
  next(): Promise<Uint8Array | undefined>;
  stop(): Promise<void>;
}

function startProgram(
  { line, cwd }: CommandSource,
  { host, runLine }: { readonly host: SourceOptions["host"]; readonly runLine: RunLine },
): Program {
  const stopping = new AbortController();
  const said: string[] = [];
  const output = createHandOver();
  const result = runLine(line, {
    cwd: cwd ?? host.cwd,
    signal: stopping.signal,
    output: (bytes) => output.take(bytes),
    tell: (text) => {
      host.print(text, "stderr");
      said.push(text);
      if (said.length > shownLines) said.shift();
    },
  }).finally(() => output.end());
  // whoever reads hears of it
  result.catch(() => {});
  return {
    async next() {
      const chunk = await output.next();
      if (chunk !== undefined) return chunk;
      const reason = failureOf(await result);
      if (reason === undefined) return undefined;
      throw new TuttiError(
        "COMMAND_FAILED",
        `Cannot read all that "${line}" prints: ${[reason, ...said].join("\n")}`,
        {
          fix: "mend the command, and resume: records that were taken are passed over",
        },
      );
    },
    async stop() {
      stopping.abort(new Error("the source was closed"));
      output.end();
      await result.catch(() => {});
    },
  };
}

function failureOf({ ended, exitCode, signal, error }: ProcessResult): string | undefined {
  switch (ended) {
    case "exit":
      return exitCode === 0 ? undefined : `exit status ${exitCode}`;
    case "signal":
      return `it was killed by ${signal}`;
    case "timeout":
    case "idle":
      return "it did not end in time";
    case "aborted":
      return "it was stopped";
    case "error":
      return error ?? "it could not be started";
  }
}

/** Hands over one chunk at a time: who gives waits until the next one is asked for. */
interface HandOver {
  take(bytes: AsyncIterable<Uint8Array>): Promise<void>;
  next(): Promise<Uint8Array | undefined>;
  /** Nothing more comes, and nothing more is taken. */
  end(): void;
}

function createHandOver(): HandOver {
  let asked = Promise.withResolvers<void>();
  let answer: ((chunk: Uint8Array | undefined) => void) | undefined;
  let over = false;
  return {
    async take(bytes) {
      for await (const chunk of bytes) {
        if (!over && !answer) await asked.promise;
        if (over) return;
        const give = answer;
        answer = undefined;
        asked = Promise.withResolvers();
        give?.(chunk);
      }
    },
    next() {
      if (over) return Promise.resolve(undefined);
      const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>();
      answer = resolve;
      asked.resolve();
      return promise;
    },
    end() {
      over = true;
      asked.resolve();
      answer?.(undefined);
    },
  };
}
