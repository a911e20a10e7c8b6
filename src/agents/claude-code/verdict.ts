import type { Failure } from "../../core/outcome.ts";
import type { Json } from "../../expression/json.ts";
import type { ProcessResult } from "../../ports/processes.ts";
import { shapedAnswer, type WantedShape } from "../shape.ts";
import { oneLine } from "../one-line.ts";
import { refusalFailure } from "./refusal.ts";
import type { InitMessage, LimitMessage, ResultMessage } from "./stream.ts";

/** All that is known about one process of the program after it ended. */
export interface Evidence {
  readonly process: Pick<ProcessResult, "ended" | "exitCode" | "signal" | "stderr" | "error" | "survivors">;
  readonly init: InitMessage | undefined;
  readonly results: readonly ResultMessage[];
  readonly limit: LimitMessage | undefined;
}

/** What the process was asked for. */
export interface Expectation {
  /** The slash command that was sent, without the slash; absent for a plain prompt. */
  readonly command?: string;
  /** What the answer has to look like, when it matters. */
  readonly shape?: WantedShape | undefined;
  readonly deniedToolsFail: boolean;
  /** The call that a person has denied: the agent was to go on without it. */
  readonly deniedCall?: string | undefined;
  /** MCP servers that the step has to have. */
  readonly servers?: readonly string[];
  readonly idleMs: number;
  readonly timeoutMs: number | undefined;
  /** ms since the epoch. */
  readonly now: number;
}

export type Verdict =
  | { readonly ok: true; readonly text: string; readonly structured: Json | undefined }
  | {
      readonly ok: false;
      readonly failure: Failure;
      /** All is well but the shape of the answer: worth asking once more. */
      readonly onlyShape: boolean;
    };

type Rule = (evidence: Evidence, expectation: Expectation) => Failure | undefined;

/**
 * Whether the work was really done. Neither the exit status nor `subtype` says it: the program ends with 0 and
 * "success" for an unknown command, a failed `!` line, a denied tool, a blocking hook and a missing answer.
 * The first rule that objects decides.
 */
const rules: readonly Rule[] = [
  notStarted,
  stopped,
  notExpanded,
  serverDown,
  noResult,
  refused,
  badExit,
  nothingAsked,
  deferred,
  denied,
  unshaped,
];

export function judge(evidence: Evidence, expectation: Expectation): Verdict {
  for (const rule of rules) {
    const failure = rule(evidence, expectation);
    if (failure) return { ok: false, failure, onlyShape: rule === unshaped };
  }
  return {
    ok: true,
    text: answerOf(evidence)?.text ?? "",
    structured: structuredOf(evidence, expectation),
  };
}

/** The result that answers the prompt; results with an origin answer notifications of background work. */
export function answerOf(evidence: Pick<Evidence, "results">): ResultMessage | undefined {
  return evidence.results.findLast((result) => !result.background) ?? evidence.results.at(-1);
}

function notStarted({ process }: Evidence): Failure | undefined {
  if (process.ended !== "error") return undefined;
  return {
    code: "AGENT_UNAVAILABLE",
    message: `Cannot start Claude Code: ${process.error ?? "the program does not start"}`,
    fix: "install it (npm install -g @anthropic-ai/claude-code) and check `claude --version`, or choose another agent",
    class: "permanent",
  };
}

function stopped({ process }: Evidence, { idleMs, timeoutMs }: Expectation): Failure | undefined {
  const left =
    process.survivors.length > 0 ? `; processes ${process.survivors.join(", ")} could not be stopped` : "";
  if (process.ended === "idle")
    return {
      code: "IDLE",
      message: `Cannot wait for Claude Code: it printed nothing for ${idleMs} ms${left}`,
      fix: "raise idle_timeout if the step is expected to be silent for so long",
      class: "timeout",
    };
  if (process.ended !== "timeout") return undefined;
  return {
    code: "TIMEOUT",
    message: `Cannot wait for Claude Code: it did not end within ${timeoutMs ?? 0} ms${left}`,
    fix: "raise the step's timeout or split the step",
    class: "timeout",
  };
}

function notExpanded({ init }: Evidence, { command }: Expectation): Failure | undefined {
  if (command === undefined || !init || init.slashCommands.includes(command)) return undefined;
  return unknownCommandFailure(command);
}

/** A command that the program does not know goes to the model as plain text. */
export function unknownCommandFailure(command: string): Failure {
  return {
    code: "COMMAND_NOT_EXPANDED",
    message: `Cannot run "/${command}": Claude Code does not know it and would send it to the model as text`,
    fix: "check the file's place below .claude/commands and that its settings do not switch slash commands off",
    class: "permanent",
  };
}

/** The servers of the step that the program could not use, as its first message says. */
export function serversDown(
  init: Pick<InitMessage, "mcpServers">,
  wanted: readonly string[],
): readonly string[] {
  const down = init.mcpServers.filter(({ status }) => status === "failed" || status === "needs-auth");
  return down.map(({ name }) => name).filter((name) => wanted.includes(name));
}

function serverDown({ init }: Evidence, { servers = [] }: Expectation): Failure | undefined {
  const down = init ? serversDown(init, servers) : [];
  if (down.length === 0) return undefined;
  return {
    code: "MCP_UNAVAILABLE",
    message: `Cannot use the MCP server ${down.map((name) => `"${name}"`).join(", ")}: Claude Code could not connect to it`,
    fix: "check its command or URL under `mcp_servers:` and start it by hand",
    class: "failure",
  };
}

function noResult({ process, results }: Evidence): Failure | undefined {
  if (results.length > 0) return undefined;
  const signal = process.signal ?? signalOf(process.exitCode);
  if (signal)
    return {
      code: "AGENT_FAILED",
      message: `Cannot finish with Claude Code: it was killed by ${signal} from outside`,
      fix: "run the step again; look for an out-of-memory killer or a script that stops processes",
      class: "transient",
    };
  const said = lastLines(process.stderr) || `it ended with status ${process.exitCode} and no result`;
  return {
    code: "AGENT_FAILED",
    message: `Cannot run Claude Code: ${said}`,
    fix: "run `claude -p hello` in the same folder to see the whole message",
    class: "permanent",
  };
}

/** A shell's way to say that a signal ended the program: 128 + its number. */
function signalOf(exitCode: number | null): string | undefined {
  return { 129: "SIGHUP", 130: "SIGINT", 137: "SIGKILL", 143: "SIGTERM" }[exitCode ?? 0];
}

function refused(evidence: Evidence, { now }: Expectation): Failure | undefined {
  const last = evidence.results.at(-1);
  const answer = answerOf(evidence);
  const bad = last?.isError ? last : answer;
  return bad?.isError ? refusalFailure(bad, { limit: evidence.limit, now }) : undefined;
}

function badExit({ process }: Evidence): Failure | undefined {
  if (process.ended === "exit" && process.exitCode === 0) return undefined;
  const how = process.signal ?? signalOf(process.exitCode);
  return {
    code: "AGENT_FAILED",
    message: `Cannot trust the answer of Claude Code: it ended with ${how ?? `status ${process.exitCode}`} after it`,
    fix: "run the step again",
    class: how ? "transient" : "failure",
  };
}

function nothingAsked(evidence: Evidence, { command }: Expectation): Failure | undefined {
  const answer = answerOf(evidence);
  if (!answer || answer.turns > 0 || answer.total.models.length > 0) return undefined;
  if (/^Shell command (?:failed|permission check failed)/.test(answer.text))
    return {
      code: "COMMAND_FAILED",
      message: `Cannot expand "/${command ?? ""}": ${oneLine(answer.text)}`,
      fix: "make the `!` line of the command file succeed here, and allow it in the file's allowed-tools",
      class: "failure",
    };
  return {
    code: "AGENT_FAILED",
    message: `Cannot use the answer of Claude Code: no model was asked (${oneLine(answer.text) || "no text"})`,
    fix: "look at the hooks in .claude/settings.json: one may block the prompt",
    class: "failure",
  };
}

function deferred(evidence: Evidence): Failure | undefined {
  const answer = answerOf(evidence);
  if (answer?.reason !== "tool_deferred" && answer?.deferred === undefined) return undefined;
  return {
    code: "AGENT_DENIED",
    message: `Cannot finish with Claude Code: a hook put off the call of ${answer.deferred?.tool ?? "a tool"}`,
    fix: "let the hook allow the tool for runs of tutti, or take the tool out of the step",
    class: "failure",
  };
}

function denied(evidence: Evidence, { deniedToolsFail, deniedCall }: Expectation): Failure | undefined {
  const all = evidence.results.flatMap((result) => result.denials).filter(({ id }) => id !== deniedCall);
  const denials = [...new Set(all.map(({ label }) => label))];
  if (!deniedToolsFail || denials.length === 0) return undefined;
  return {
    code: "AGENT_DENIED",
    message: `Cannot accept the work of Claude Code: ${denials.length === 1 ? "a tool was" : "tools were"} denied: ${denials.join(", ")}`,
    fix: "allow them with `tools:` of the step, allowed-tools of the command file, or another permission mode",
    class: "failure",
  };
}

/** The declared output: given through the program, or written into the text all the same. */
function structuredOf(evidence: Evidence, { shape }: Expectation): Json | undefined {
  const answer = answerOf(evidence);
  if (!shape || !answer) return undefined;
  return answer.structured ?? shapedAnswer(answer.text, shape);
}

function unshaped(evidence: Evidence, expectation: Expectation): Failure | undefined {
  if (!expectation.shape || structuredOf(evidence, expectation) !== undefined) return undefined;
  return {
    code: "OUTPUT_SHAPE",
    message: "Cannot use the answer of Claude Code: it gave text instead of the declared output",
    fix: "say in the prompt what the output's fields mean, or take the step's output schema away",
    class: "failure",
  };
}

function lastLines(text: string): string {
  return oneLine(text.trim().split("\n").slice(-5).join(" "));
}
