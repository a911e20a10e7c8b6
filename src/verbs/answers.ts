import { userInfo } from "node:os";
import { answerLines } from "../core/answer-lines.ts";
import { isTooLate, lateText, refusalOf } from "../core/answers.ts";
import { askOf } from "../core/asked.ts";
import type { Input } from "../core/events.ts";
import { nodeAt, type RunState } from "../core/state.ts";
import { type NodeState } from "../core/node.ts";
import { TuttiError } from "../errors.ts";
import { type Json, type JsonObject, parseJson } from "../expression/json.ts";
import { nearest } from "../expression/nearest.ts";
import { shapeProblems } from "../shape/shape.ts";
import { asksOf } from "./asks.ts";
import { shellWord } from "../expression/shell-word.ts";

type AnswerInput = Omit<Extract<Input, { type: "answer" }>, "at">;

/** The answer of a person. `typed`: its value is text as somebody typed it, which is JSON where that fits. */
export type AnswerMessage = AnswerInput & { readonly typed?: boolean };

/** The answer and when it is given; ms since the epoch. */
type Given = AnswerMessage & Pick<Input, "at">;

/**
 * An answer as the run gets it, with who gave it: when nobody is named, who this process works for. Refuses, and then
 * changes nothing, what nothing waits for (NOTHING_WAITS) and what the run would not take (ANSWER_REFUSED).
 */
export function checkedAnswer(state: RunState, { typed = false, at, ...answer }: Given): AnswerInput {
  const { address } = answer;
  const node = nodeAt(state, address);
  if (!node || !asksNow(node)) throw nothingWaits(state, address);
  if (isTooLate(node, at)) throw tooLate(state, node);
  const values = typed ? readings(answer.value) : [answer.value];
  const meant = values.map((value) => ({ ...answer, value, by: answer.by ?? userName() }));
  const taken = meant.find((named) => whyNot(node, named) === undefined);
  if (taken) return taken;
  const told = meant.find((named) => fitsType(node, named)) ?? meant[0];
  throw refused(state, { node, answer: told ?? answer });
}

/** True when the value is of the kind that is asked for, whatever else may be wrong with it. */
function fitsType(node: NodeState, { value }: AnswerInput): boolean {
  const { schema = {} } = askOf(node) ?? {};
  const { type } = schema;
  return type === undefined || schemaProblems({ type }, value).length === 0;
}

function asksNow({ phase, ask }: NodeState): boolean {
  return phase === "asking" || (phase === "waiting" && ask !== undefined);
}

/** What a typed text may stand for. */
function readings(value: Json): readonly Json[] {
  if (typeof value !== "string") return [value];
  try {
    return [parseJson(value), value];
  } catch {
    return [value];
  }
}

/** Who this process works for. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // a user without an entry in the system's list, as in some containers
    return "somebody";
  }
}

function unfitForInterrupted(value: Json): string | undefined {
  return value === "rerun" || value === "fail"
    ? undefined
    : "the step was interrupted: the answer is rerun or fail";
}

function whyNot(node: NodeState, { value, by = "" }: AnswerInput): string | undefined {
  if (node.phase === "asking") return unfitForInterrupted(value);
  const refusal = refusalOf(node, { value, by });
  const { ask, schema } = askOf(node) ?? {};
  if (refusal !== undefined || ask !== "question" || !schema) return refusal;
  const problems = schemaProblems(schema, value);
  return problems.length === 0 ? undefined : problems.join("; ");
}

function schemaProblems(schema: JsonObject, value: Json): readonly string[] {
  return shapeProblems(schema, value, {
    root: "answer",
    what: "the schema of the answer",
    fix: "correct `answer:` of the step, and take it up with tutti resume RUN --update",
  });
}

function refused(
  state: RunState,
  { node, answer }: { readonly node: NodeState; readonly answer: AnswerInput },
): TuttiError {
  const why = whyNot(node, answer) ?? "it is empty";
  return new TuttiError("ANSWER_REFUSED", `Cannot answer "${node.address}": ${why}`, {
    fix: fixFor(state, { node, answer }),
  });
}

/** Nobody was there to see its deadline pass. */
function tooLate({ runId }: RunState, node: NodeState): TuttiError {
  const resume = `tutti resume ${runId}`;
  return new TuttiError("ANSWER_REFUSED", `Cannot answer "${node.address}": ${lateText(node)}`, {
    fix: `go on with that: ${resume}; or ask again: ${resume} --from ${shellWord(node.address)}`,
  });
}

/** What helps against the reason for which it was refused. */
function fixFor(
  state: RunState,
  { node, answer: { value, by = "" } }: { readonly node: NodeState; readonly answer: AnswerInput },
): string {
  const see = `see what is asked: tutti asks ${state.runId}`;
  const action = askOf(node);
  const lines = answerLines(node, state.runId).join(", or: ");
  if (!action) return lines;
  if (action.by.length > 0 && !action.by.includes(by))
    return `say who you are: --as ${action.by.map(shellWord).join("|")}; ${see}`;
  if (action.ask === "question") return action.schema ? `${shapeText(action.schema)}; ${see}` : see;
  return typeof value === "boolean" ? `somebody else has to approve it; ${see}` : lines;
}

const mostShape = 300;

function shapeText(schema: JsonObject): string {
  const text = JSON.stringify(schema);
  return text.length > mostShape ? "its shape is in the workflow" : `its shape is ${text}`;
}

function nothingWaits(state: RunState, address: string): TuttiError {
  const open = asksOf(state).map((ask) => ask.address);
  const node = nodeAt(state, address);
  const close = node ? undefined : nearest(address, open);
  const some =
    open.length > 5 ? `${open.slice(0, 5).join(", ")} and ${open.length - 5} more` : open.join(", ");
  const otherwise = open.length > 0 ? `these ask: ${some}` : `see: tutti why ${state.runId}`;
  return new TuttiError("NOTHING_WAITS", `Cannot answer "${address}": ${whyNothing(node)}`, {
    fix: close === undefined ? otherwise : `did you mean "${close}"?`,
  });
}

function whyNothing(node: NodeState | undefined): string {
  if (!node) return "no such node of the run asks anything";
  const { action, before, gates } = node.plan.step;
  const asks = action.kind === "ask" || [...before, ...gates].some((gate) => gate.kind === "human");
  if (!asks) return "it asks nothing";
  if (node.phase !== "ended" && node.phase !== "settling") return "it does not ask anything yet";
  const by = node.ask?.answers.flatMap((answer) => answer.by ?? []) ?? [];
  if (node.ask && by.length > 0) return `it was answered already, by ${by.join(", ")}`;
  return "it has ended";
}
