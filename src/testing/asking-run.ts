import type { Event } from "../core/events.ts";
import type { Json } from "../expression/json.ts";
import type { AskAction } from "../language/asking.ts";
import { CoreRun } from "./core-run.ts";
import { stepOf, workflowWith } from "./holders.ts";

export const approval: AskAction = {
  kind: "ask",
  ask: "approval",
  text: "Ship ${ inputs.what }?",
  by: [],
  quorum: 1,
  escalate: [],
};
export const question: AskAction = {
  ...approval,
  ask: "question",
  text: "Which colour?",
  schema: { type: "string" },
};

/** A run whose only step `ship` asks this; its input `what` is "it". */
export function asking(action: AskAction): CoreRun {
  return new CoreRun(workflowWith([stepOf("ship", action)]), { inputs: { what: "it" } });
}

/** Somebody answers `ship`. */
export function answer(run: CoreRun, value: Json, by?: string, reason?: string): readonly Event[] {
  const who = { ...(by === undefined ? {} : { by }), ...(reason === undefined ? {} : { reason }) };
  return run.give({ type: "answer", address: "ship", value, ...who });
}
