import type { Json, JsonObject } from "../../expression/json.ts";
import type { AskAction } from "../../language/asking.ts";
import { askOf } from "../../core/asked.ts";
import type { Event, Input } from "../../core/events.ts";
import type { NodeState } from "../../core/node.ts";
import type { RunState } from "../../core/state.ts";
import type { Dice } from "./dice.ts";
import { must } from "./same.ts";

/** How the text of an approval begins to which nobody says no. */
const sure = "surely";

/** Keys of a step that asks people. `surely`: it ends well, in the same way whatever else happens. */
export function randomAsk(
  dice: Dice,
  { surely, about }: { readonly surely: boolean; readonly about: string },
): JsonObject {
  const text = `${surely ? sure : "perhaps"} \${ ${about} }?`;
  const approval = dice.chance(0.6);
  const named = approval && dice.chance(0.5);
  const quorum = approval ? { quorum: 1 + dice.below(3) } : {};
  return {
    ...(approval ? { approval: text } : { question: text }),
    ...quorum,
    ...(named ? { by: [...people] } : {}),
    ...(!surely && dice.chance(0.5) ? randomDeadline(dice, approval) : {}),
    ...(dice.chance(0.5) ? { escalate: randomLevels(dice) } : {}),
  };
}

/** A gate that asks people, with the same meaning of `surely`. */
export function randomAskGate(dice: Dice, surely: boolean): JsonObject {
  return {
    human: `${surely ? sure : "perhaps"} good?`,
    ...(dice.chance(0.5) ? { by: [...people], quorum: 1 + dice.below(3) } : {}),
    ...(!surely && dice.chance(0.5) ? randomDeadline(dice, true) : {}),
    ...(dice.chance(0.5) ? { escalate: randomLevels(dice) } : {}),
  };
}

/** What becomes of calls that nothing allows. `surely`: nobody answers too late. */
export function randomPermissions(dice: Dice, surely: boolean): JsonObject {
  if (dice.chance(0.6)) return {};
  if (dice.chance(0.4)) return { permissions: dice.pick(["ask", "deny"]) };
  const permissions = {
    ...(dice.chance(0.5) ? { by: [...people], quorum: 1 + dice.below(3) } : {}),
    ...(!surely && dice.chance(0.5) ? randomDeadline(dice, true) : {}),
    ...(dice.chance(0.5) ? { escalate: randomLevels(dice) } : {}),
  };
  return { permissions };
}

const people = ["p1", "p2", "p3"] as const;

function randomDeadline(dice: Dice, approval: boolean): JsonObject {
  const deadline = `${100 + dice.below(100)}s`;
  if (dice.chance(0.4)) return { deadline };
  return { deadline, otherwise: approval ? dice.pick(["approve", "reject"]) : "nothing was said" };
}

function randomLevels(dice: Dice): JsonObject[] {
  return Array.from({ length: 1 + dice.below(3) }, () => ({
    after: `${1 + dice.below(90)}s`,
    notify: dice.pick<JsonObject | string>([
      "terminal",
      "handover",
      { file: "asks.jsonl" },
      { webhook: "http://localhost/${ run.id }" },
    ]),
  }));
}

type SignalInput = Omit<Extract<Input, { type: "signal" }>, "at">;

/** What somebody says to a node that waits for people or a signal, and when: since it waits, or later than now. */
export function randomSaying(
  state: RunState,
  { dice, now }: { readonly dice: Dice; readonly now: number },
): { readonly input: AnswerInput | SignalInput; readonly at: number } | undefined {
  const waiting = [...state.live].filter(
    ({ phase, ask, signal }) => phase === "waiting" && (ask !== undefined || signal !== undefined),
  );
  const node = waiting[dice.below(Math.max(1, waiting.length))];
  if (!node) return undefined;
  const since = node.ask?.askedAt ?? now;
  const at = dice.chance(0.5) ? now + dice.below(200_000) : Math.max(since, now - dice.below(200_000));
  const { signal: name } = node;
  const input = name === undefined ? randomAnswer(node, dice) : sent(name);
  return input && { input, at };
}

function sent(name: string): SignalInput {
  return { type: "signal", name, payload: "sent" };
}

type AnswerInput = Omit<Extract<Input, { type: "answer" }>, "at">;

/** What somebody says to a node that asks; now and then it is nothing that is taken. */
export function randomAnswer(node: NodeState, dice: Dice): AnswerInput | undefined {
  const action = askOf(node);
  if (!node.ask || node.phase !== "waiting" || !action) return undefined;
  const answer = { type: "answer", address: node.address } as const;
  if (action.ask === "question") return { ...answer, value: answerTo(action), by: "p1" };
  if (dice.chance(0.1)) return { ...answer, value: "perhaps", by: "nobody in particular" };
  if (!action.text.startsWith(sure) && dice.chance(0.15))
    return { ...answer, value: false, by: "p2", reason: "no" };
  const { answers } = node.ask;
  const by = people.find((name) => !answers.some((given) => given.by === name)) ?? "p1";
  return { ...answer, value: true, by };
}

/** The same whenever it is asked: the first of the answers there are. */
function answerTo({ schema }: AskAction): Json {
  const answers = schema?.["enum"];
  return (Array.isArray(answers) ? (answers as readonly Json[])[0] : undefined) ?? "an answer";
}

/** What was taken of what people said was said before the deadline of what they were asked. */
export function checkSaid(
  events: readonly Event[],
  said: readonly (AnswerInput & Pick<Input, "at">)[],
): void {
  const dueAt = new Map<string, number>();
  for (const event of events) {
    if (event.type === "ask.started") dueAt.set(event.address, event.dueAt ?? Number.POSITIVE_INFINITY);
    if (event.type !== "ask.answered" || event.by === undefined) continue;
    const { address, by } = event;
    const inTime = said.some(
      (one) => one.address === address && one.by === by && one.at < (dueAt.get(address) ?? 0),
    );
    must(inTime, `${by} answers ${address} in time`);
  }
}
