import type { Failure } from "../../core/outcome.ts";
import { excerpt } from "../../expression/places.ts";
import { bareJson, jsonProblem } from "../records/json-text.ts";
import type { Processor } from "../processor.ts";
import { compileShellLine, type ShellCall } from "../shell-line.ts";
import { recordsGiven } from "./given.ts";
import { failedBy, hostWork, mostOutputBytes } from "./outcome.ts";
import { unfilled } from "./record-scope.ts";
import type { WorkFor } from "./work.ts";

/**
 * Runs a shell line for each batch: its records are JSON lines on standard input, and each line that it prints is a record
 * that it gives, as it stands. A line that is no JSON fails the batch. It is run at least once for each batch: `TUTTI_BATCH`
 * is the same when it is run again.
 */
export function createRun({ stage, work, host }: WorkFor<"run">): Processor {
  const callFor = compileShellLine(work, host.scope);
  return {
    process: async (batch, signal) => {
      const texts = batch.records.map(({ text }) => text);
      let call: ShellCall;
      try {
        call = callFor({ texts, stdin: texts.map((text) => `${text}\n`).join("") });
      } catch (error) {
        return unfilled(error);
      }
      const outcome = await host.perform(call.request, {
        ...hostWork(stage, { batch, signal }),
        env: call.env,
      });
      if (!outcome.ok) return failedBy(outcome);
      if (outcome.artifacts?.["stdout"] !== undefined) return { ok: false, failure: tooLarge(work.line) };
      const printed = recordsIn(outcome.stdout ?? "");
      if ("problem" in printed) return { ok: false, failure: noRecord(work.line, printed) };
      return recordsGiven(batch.records, { given: { list: printed.texts }, into: work.into });
    },
  };
}

interface NoRecord {
  /** From 1. */
  readonly line: number;
  readonly problem: string;
}

function recordsIn(printed: string): { readonly texts: readonly string[] } | NoRecord {
  const texts: string[] = [];
  for (const [index, line] of printed.split("\n").entries()) {
    const text = bareJson(line);
    if (text === "") continue;
    const problem = jsonProblem(text);
    if (problem !== undefined) return { line: index + 1, problem };
    texts.push(text);
  }
  return { texts };
}

function noRecord(line: string, { line: at, problem }: NoRecord): Failure {
  return {
    code: "OUTPUT_SHAPE",
    message: `Cannot take what "${excerpt(line)}" printed: line ${at} is no JSON: ${problem}`,
    fix: "print one JSON value a line (as `jq -c` does), and anything else to standard error",
    class: "failure",
  };
}

// it was cut, and what is left of it is not all that the line gives
function tooLarge(line: string): Failure {
  return {
    code: "OUTPUT_TOO_LARGE",
    message: `Cannot take what "${excerpt(line)}" printed: it is larger than ${mostOutputBytes} bytes`,
    fix: "take a smaller `batch_size`, or print less",
    class: "failure",
  };
}
