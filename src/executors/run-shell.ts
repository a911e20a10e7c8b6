import { existsSync } from "node:fs";
import { excerpt, failed, lastLines, survivorsNote, thrown } from "./failed.ts";
import { readText } from "./text-output.ts";
import type { Failure, Outcome } from "../core/outcome.ts";
import type { ShellText } from "../core/gate-check.ts";
import { messageOf } from "../errors.ts";
import type { JsonObject } from "../expression/json.ts";
import type { TaskContext } from "../ports/executor.ts";
import type { Processes, ProcessResult } from "../ports/processes.ts";

/** Linux takes no single variable beyond this. */
const maxVariableBytes = 128 * 1024 - 1;
/** What is kept of standard error beside the message. */
const detailCharacters = 4000;

export interface RunShellOptions {
  readonly processes: Processes;
  /** Default: the context's. */
  readonly cwd?: string;
  readonly feedback?: string;
  /** Standard input of the line, which need not read it; absent: it has none. */
  readonly stdin?: string;
}

/**
 * Runs a shell line; its values reach it as environment. The line is read by `bash` where `/bin/bash` exists, else by
 * `sh`, with `pipefail` (where the shell has it): in `npm test | tee log` the tests decide, as in every CI system;
 * without it a gate would hold whatever the tests said. No `-e`: the last command of several lines decides, as in
 * any shell. Profiles and rc files are not read. What the line leaves in the background is stopped when it ends.
 *
 * Exit 0 is ok, 75 (EX_TEMPFAIL) a transient failure, every other a failure with the last lines of standard error.
 */
export async function runShell(
  shell: ShellText,
  context: TaskContext,
  { processes, cwd = context.cwd, feedback, stdin }: RunShellOptions,
): Promise<Outcome> {
  context.signal.throwIfAborted();
  const env = { ...context.env, ...feedbackVariable(feedback), ...shell.values };
  const unfit = Object.entries(env).find((entry) => unfitReason(entry) !== undefined);
  if (unfit) return unfitValue(unfit);
  const { policy, artifacts, signal, print } = context;
  const store: { problem?: Failure } = {};
  const result = await processes.run({
    ...shellCommand(shell.line),
    cwd,
    env,
    ...(stdin === undefined ? {} : { input: stdin }),
    signal,
    ...(policy.timeoutMs === undefined ? {} : { timeoutMs: policy.timeoutMs }),
    ...(policy.idleMs === undefined ? {} : { idleMs: policy.idleMs }),
    keepBytes: policy.outputBytes,
    onLine: print,
    spill: async (bytes) => {
      try {
        return (await artifacts.put(bytes)).id;
      } catch (error) {
        store.problem = thrown(error);
        throw error;
      }
    },
  });
  const outcome = outcomeOf(result, { line: shell.line, context });
  return store.problem && result.ended === "error" ? { ...outcome, failure: store.problem } : outcome;
}

/** The program and arguments that read a line; `--` keeps a line that starts with a dash from being an option. */
export function shellCommand(
  line: string,
  hasBash = existsSync("/bin/bash"),
): { readonly file: string; readonly args: readonly string[] } {
  if (hasBash) {
    return { file: "/bin/bash", args: ["--noprofile", "--norc", "-o", "pipefail", "-c", "--", line] };
  }
  // An unknown option ends a POSIX shell, so a subshell tries it first.
  return { file: "/bin/sh", args: ["-c", `(set -o pipefail) 2>/dev/null && set -o pipefail\n${line}`] };
}

/** What a gate said about the last attempt, for a line that wants to know. */
function feedbackVariable(feedback: string | undefined): Readonly<Record<string, string>> {
  if (feedback === undefined) return {};
  return { TUTTI_FEEDBACK: feedback.replaceAll("\0", "").slice(-maxVariableBytes / 8) };
}

function unfitReason([name, value]: readonly [string, string]): string | undefined {
  if (name.includes("\0") || value.includes("\0"))
    return "it holds a NUL character, which no environment can carry";
  const bytes = Buffer.byteLength(name) + Buffer.byteLength(value) + 2;
  return bytes > maxVariableBytes
    ? `it has ${bytes} bytes, and a program's environment takes at most ${maxVariableBytes} for one value`
    : undefined;
}

function unfitValue(entry: readonly [string, string]): Outcome {
  return failed({
    code: "BAD_VALUE",
    message: `Cannot hand over the value "${excerpt(entry[0])}": ${unfitReason(entry)}`,
    fix: "let an earlier step write it to a file, and read the file",
    class: "permanent",
  });
}

interface Ran {
  readonly line: string;
  readonly context: TaskContext;
}

function outcomeOf(result: ProcessResult, ran: Ran): Outcome {
  const { context } = ran;
  if (result.ended === "aborted" && result.survivors.length === 0) throw context.signal.reason;
  const read = readText(result.stdout, {
    capped: result.stdoutBytes > context.policy.outputBytes,
    schema: context.policy.schema,
  });
  const rest = {
    ...read.fields,
    ...(result.exitCode === null ? {} : { exitCode: result.exitCode }),
    ...(result.spilled === undefined ? {} : { artifacts: { stdout: result.spilled } }),
    details: detailsOf(result),
  };
  const failure = failureOf(result, ran) ?? read.failure;
  return failure ? failed(failure, rest) : { ...rest, ok: true };
}

function detailsOf(result: ProcessResult): JsonObject {
  const { durationMs, stdoutBytes, signal, stderr, survivors } = result;
  return {
    durationMs,
    stdoutBytes,
    ...(signal === null ? {} : { signal }),
    ...(stderr === "" ? {} : { stderr: lastLines(stderr, { lines: 100, maxCharacters: detailCharacters }) }),
    ...(survivors.length > 0 ? { survivors } : {}),
  };
}

function failureOf(result: ProcessResult, { line, context }: Ran): Failure | undefined {
  const { timeoutMs, idleMs } = context.policy;
  const written = context.gate === undefined ? (context.policy.written ?? line) : line;
  const make = (failure: Omit<Failure, "message">, what: string): Failure => {
    const note = result.survivors.length > 0 ? `; ${survivorsNote(result.survivors)}` : "";
    return { ...failure, message: `Cannot finish "${excerpt(written)}": ${what}${note}` };
  };
  switch (result.ended) {
    case "exit":
      return result.exitCode === 0 ? undefined : make(exitFailure(result), exitWords(result));
    case "signal":
      return make({ code: "COMMAND_FAILED", class: "failure" }, signalWords(result));
    case "timeout":
      return make({ code: "TIMEOUT", class: "timeout" }, `it did not end within ${timeoutMs} ms`);
    case "idle":
      return make({ code: "IDLE", class: "timeout" }, `it printed nothing for ${idleMs} ms`);
    case "aborted":
      return make(
        { code: "CANCELLED", class: "cancelled" },
        `cancelled (${messageOf(context.signal.reason)})`,
      );
    case "error":
      return make({ code: "COMMAND_FAILED", class: "failure" }, result.error ?? "it could not be started");
  }
}

function exitFailure({ exitCode, stderr }: ProcessResult): Omit<Failure, "message"> {
  const fix = fixFor(exitCode, stderr);
  return {
    code: "COMMAND_FAILED",
    class: exitCode === 75 ? "transient" : "failure",
    ...(fix === undefined ? {} : { fix }),
  };
}

function exitWords(result: ProcessResult): string {
  const said = lastLines(result.stderr) || lastLines(result.stdout);
  return `exit status ${result.exitCode}${said ? `:\n${said}` : ""}`;
}

function signalWords({ signal, stderr }: ProcessResult): string {
  const hint = signal === "SIGKILL" ? " (perhaps for want of memory)" : "";
  const said = lastLines(stderr);
  return `it was killed by ${signal}${hint}${said ? `:\n${said}` : ""}`;
}

function fixFor(exitCode: number | null, stderr: string): string | undefined {
  if (/\/dev\/std(err|out).*No such device/.test(stderr)) {
    return "write `>&2` or `>&1`: standard output and error are sockets here, which cannot be opened by path";
  }
  return exitCode === null ? undefined : fixes[exitCode];
}

const fixes: Readonly<Record<number, string>> = {
  75: "it may succeed later (exit status 75 asks for that)",
  126: "a program was found but may not be executed: is `chmod +x` set?",
  127: "a command was not found: is it installed, and in the PATH of the step (`env: {PATH: …}`)?",
  141: "a program left of a `|` was cut off because the right one stopped reading; end it with `|| true` where that is meant",
};
