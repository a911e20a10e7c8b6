import type { Failure } from "../../core/outcome.ts";
import type { ProcessResult } from "../../ports/processes.ts";
import { oneLine } from "../one-line.ts";
import type { AcpEntry } from "./entry.ts";
import { refusalFailure, refusalIn } from "./refusal.ts";
import { Unusable } from "./session.ts";

/** All that is known of a task after its program has ended. */
export interface Evidence {
  readonly entry: AcpEntry;
  readonly process: ProcessResult;
  /** What broke the talk off; undefined when every question was answered. */
  readonly error: unknown;
  /** The program was gone before it had answered. */
  readonly isLost: boolean;
  readonly stopReason: string | undefined;
  readonly trouble: string | undefined;
  /** The calls that were denied. */
  readonly denied: readonly string[];
  /** The calls that were made without asking, although `tools:` of the step does not allow them. */
  readonly unasked: readonly string[];
  readonly isOverBudget: boolean;
  /** Nothing was said and no tool was called. */
  readonly isEmpty: boolean;
  /** What is wrong with the declared output; empty: nothing. */
  readonly problems: readonly string[];
  readonly idleMs: number;
  readonly timeoutMs: number | undefined;
  readonly now: number;
}

type Rule = (evidence: Evidence) => Failure | undefined;

/** Whether the work was really done: the first rule that objects decides. Undefined: nothing speaks against it. */
export function judge(evidence: Evidence): Failure | undefined {
  for (const rule of rules) {
    const failure = rule(evidence);
    if (failure) return failure;
  }
  return undefined;
}

const rules: readonly Rule[] = [
  notStarted,
  stopped,
  overBudget,
  ({ error }) => (error instanceof Unusable ? error.failure : undefined),
  lost,
  refused,
  inTrouble,
  // Some end their turn as cancelled when a call was denied.
  denied,
  unasked,
  notFinished,
  empty,
  unshaped,
];

function notStarted({ entry, process }: Evidence): Failure | undefined {
  if (process.ended !== "error") return undefined;
  return {
    code: "AGENT_UNAVAILABLE",
    message: `Cannot start "${entry.name}": ${process.error ?? "the program does not start"}`,
    fix: `${entry.install}, or choose another agent`,
    class: "permanent",
  };
}

function stopped({ entry, process, idleMs, timeoutMs }: Evidence): Failure | undefined {
  const left =
    process.survivors.length > 0 ? `; processes ${process.survivors.join(", ")} could not be stopped` : "";
  if (process.ended === "idle")
    return {
      code: "IDLE",
      message: `Cannot wait for "${entry.name}": it said nothing for ${idleMs} ms${left}`,
      fix: "raise idle_timeout if the step is expected to be silent for so long",
      class: "timeout",
    };
  if (process.ended !== "timeout") return undefined;
  return {
    code: "TIMEOUT",
    message: `Cannot wait for "${entry.name}": it did not end within ${timeoutMs ?? 0} ms${left}`,
    fix: "raise the step's timeout or split the step",
    class: "timeout",
  };
}

function overBudget({ entry, isOverBudget }: Evidence): Failure | undefined {
  if (!isOverBudget) return undefined;
  return {
    code: "LIMIT_REACHED",
    message: `Cannot go on with "${entry.name}": what was left of the run's cap is spent`,
    fix: "raise limits.cost of the run",
    class: "permanent",
  };
}

function lost({ entry, process, isLost, error }: Evidence): Failure | undefined {
  if (!isLost || error === undefined) return undefined;
  const how = process.signal === null ? `with status ${process.exitCode ?? "?"}` : `by ${process.signal}`;
  const said = oneLine(process.stderr.trim().split("\n").slice(-5).join(" "));
  return {
    code: "AGENT_FAILED",
    message: `Cannot finish with "${entry.name}": it ended ${how} in the middle of its work${said === "" ? "" : `: ${said}`}`,
    fix: `run the step again; if it stays so, start \`${[entry.program, ...entry.args].join(" ")}\` by hand in the same folder`,
    class: "transient",
  };
}

function refused({ entry, error, now }: Evidence): Failure | undefined {
  return error === undefined ? undefined : refusalFailure(refusalIn(error), { entry, now });
}

function inTrouble({ entry, trouble, now }: Evidence): Failure | undefined {
  if (trouble === undefined) return undefined;
  return refusalFailure({ code: undefined, text: trouble, kind: "" }, { entry, now });
}

const stops: Readonly<Record<string, Omit<Failure, "code" | "message"> & { readonly why: string }>> = {
  max_tokens: {
    why: "its answer is longer than its model may give",
    fix: "split the step",
    class: "failure",
  },
  max_turn_requests: {
    why: "it asked its model as often as it may in one turn",
    fix: "raise the agent's own number of turns, or split the step",
    class: "failure",
  },
  refusal: {
    why: "it refuses the task",
    fix: "say the task in other words, or use another agent",
    class: "permanent",
  },
  cancelled: { why: "its turn was cancelled, not by tutti", fix: "run the step again", class: "transient" },
};

function notFinished({ entry, stopReason = "" }: Evidence): Failure | undefined {
  if (stopReason === "end_turn") return undefined;
  const { why, ...rest } = stops[stopReason] ?? {
    why: `it stopped with "${oneLine(stopReason)}"`,
    class: "failure" as const,
  };
  return { code: "AGENT_FAILED", message: `Cannot finish with "${entry.name}": ${why}`, ...rest };
}

function denied({ entry, denied: calls }: Evidence): Failure | undefined {
  if (calls.length === 0) return undefined;
  const what = calls.length === 1 ? "a tool was" : "tools were";
  return {
    code: "AGENT_DENIED",
    message: `Cannot accept the work of "${entry.name}": ${what} denied: ${oneLine([...new Set(calls)].join(", "))}`,
    fix: entry.holdsTools
      ? "allow them with `tools:` of the step"
      : `allow more with agents.${entry.name}.acp.allow in tutti.yaml`,
    class: "failure",
  };
}

function unasked({ entry, unasked: calls }: Evidence): Failure | undefined {
  if (calls.length === 0) return undefined;
  return {
    code: "AGENT_DENIED",
    message: `Cannot accept the work of "${entry.name}": it did ${oneLine([...new Set(calls)].join(", "))} without asking`,
    fix: "look at what it changed; allow it with `tools:` of the step, or let the agent ask before every call",
    class: "failure",
  };
}

function empty({ entry, isEmpty }: Evidence): Failure | undefined {
  if (!isEmpty) return undefined;
  return {
    code: "AGENT_FAILED",
    message: `Cannot use the answer of "${entry.name}": it ended its turn without a word and without a deed`,
    fix: "start the agent by hand in the same folder and look at what it says",
    class: "failure",
  };
}

function unshaped({ entry, problems }: Evidence): Failure | undefined {
  if (problems.length === 0) return undefined;
  return {
    code: "OUTPUT_SHAPE",
    message: `Cannot use the answer of "${entry.name}": ${oneLine(problems.join("; "))}`,
    fix: "say in the prompt what the output's fields mean, or make the step's output schema simpler",
    class: "failure",
  };
}
