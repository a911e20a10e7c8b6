import type { Failure } from "../../core/outcome.ts";
import { type Json, parseJson } from "../../expression/json.ts";
import { misfitOf, shapedAnswer, type WantedShape } from "../shape.ts";
import type { Answer } from "./session.ts";

export type Verdict =
  | { readonly ok: true; readonly output: Json }
  | {
      readonly ok: false;
      readonly failure: Failure;
      /** What to ask again for. */ readonly problem?: string;
    };

export interface Expectation {
  readonly model: string;
  readonly shape: WantedShape | undefined;
  /** Calls that were not allowed. */
  readonly denied: readonly string[];
}

/** Whether an answer without tool calls is the work done. */
export function judge(answer: Answer, { model, shape, denied }: Expectation): Verdict {
  const cut = notEnded(answer, model);
  if (cut) return { ok: false, failure: cut };
  if (denied.length > 0) return { ok: false, failure: deniedFailure(denied) };
  if (!shape)
    return answer.text.trim() === ""
      ? { ok: false, failure: empty(model) }
      : { ok: true, output: answer.text };
  const value = valueIn(answer.text, shape);
  const problem = value === undefined ? "it did not have the declared shape" : misfitOf(value, shape);
  if (problem === undefined) return { ok: true, output: shape.outputOf(value ?? null) };
  return { ok: false, problem, failure: unshaped(problem) };
}

const ends: Readonly<Record<string, Omit<Failure, "message"> & { readonly what: string }>> = {
  length: {
    what: "its answer was cut off where the model's limit of tokens is",
    code: "AGENT_FAILED",
    fix: "ask for less at once, or use a model with a higher limit",
    class: "failure",
  },
  "content-filter": {
    what: "it refused, or a filter of its provider held the answer back",
    code: "AGENT_FAILED",
    fix: "change the prompt, or use another model",
    class: "failure",
  },
  error: {
    what: "its provider broke off",
    code: "AGENT_FAILED",
    fix: "run the step again",
    class: "transient",
  },
  interrupted: {
    what: "its provider broke off",
    code: "AGENT_FAILED",
    fix: "run the step again",
    class: "transient",
  },
};

function notEnded({ finish, text }: Answer, model: string): Failure | undefined {
  const end = ends[finish];
  if (!end) return undefined;
  const { what, ...kind } = end;
  const said = finish === "content-filter" && text.trim() !== "" ? ` (${text.trim().slice(0, 200)})` : "";
  return { ...kind, message: `Cannot use the answer of ${model}: ${what}${said}` };
}

function empty(model: string): Failure {
  return {
    code: "AGENT_FAILED",
    message: `Cannot use the answer of ${model}: it is empty`,
    fix: "run the step again, or use another model",
    class: "failure",
  };
}

function deniedFailure(denied: readonly string[]): Failure {
  const names = [...new Set(denied)];
  return {
    code: "AGENT_DENIED",
    message: `Cannot accept the work of the model: ${names.length === 1 ? "a tool was" : "tools were"} denied: ${names.join(", ")}`,
    fix: "allow them with `tools:` of the step, or allowed-tools of the command file",
    class: "failure",
  };
}

/** Held to a shape, a model gives nothing but JSON; asked for it, it may write around it. */
function valueIn(text: string, shape: WantedShape): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return shapedAnswer(text, shape);
  }
}

function unshaped(problem: string): Failure {
  return {
    code: "OUTPUT_SHAPE",
    message: `Cannot use the answer of the model: ${problem}`,
    fix: "say in the prompt what the output's fields mean, or make the step's output schema simpler",
    class: "failure",
  };
}
