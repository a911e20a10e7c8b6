import { expect, it } from "vitest";
import { CoreRun, workflowOf } from "../testing/core-run.ts";
import { advance, create } from "./advance.ts";
import { fold } from "./apply.ts";
import type { Event } from "./events.ts";
import type { Outcome } from "./outcome.ts";
import { pending } from "./pending.ts";
import type { RunState } from "./state.ts";
import { viewOf } from "./view.ts";

it("runs later rounds again that only an earlier life came to", () => {
  const work = { name: "work", agent: "mock", prompt: "go" };
  const chain = [
    { name: "l", repeat: 3, steps: [work] },
    { name: "after", run: "true" },
  ];
  const run = new CoreRun(workflowOf({ name: "w", limits: { time: "1h" }, chain }));
  for (const round of [1, 2, 3]) run.ok(`l#${round}/work`);
  run.fail("after");
  run.give({ type: "restart", from: "l#1/work" });
  run.give({ type: "cancel" });
  run.ok("l#1/work");
  expect(run.status).toBe("cancelled");
  run.give({ type: "restart", from: "l#1/work" });
  run.ok("l#1/work");
  expect(run.owed).toEqual(["perform l#2/work"]);
});

/** What the run's work is, as it stands; it goes on with the events of each step that ends. */
function workOf(state: RunState): readonly string[] {
  return pending(state).flatMap((effect) => (effect.type === "perform" ? [effect.id] : []));
}

/** The log of a loop that went through so many rounds, each of which looks at the one before. */
function longLog(rounds: number): { readonly state: RunState; readonly events: Event[] } {
  const args = "${ [l.round, l.last] }";
  const work = { name: "work", function: "f", args, env: { LAST: "${ l.last }" } };
  const workflow = workflowOf({ name: "w", chain: [{ name: "l", repeat: 5000, steps: [work] }] });
  const input = { type: "create", at: 1, runId: "r", seed: "s", workflow, inputs: {} } as const;
  const { state, events: first } = create({ ...input, plan: { expectedMs: {} }, overrides: {} });
  const events = [...first];
  for (let round = 1; round <= rounds; round += 1) {
    const effect = `l#${round}/work@${state.life}.1`;
    const outcome: Outcome = { ok: true, output: `done ${round}` };
    events.push(...advance(state, { type: "outcome", at: 2, effect, outcome }));
  }
  return { state, events };
}

it("a loop of more rounds than are kept goes on after a crash where it was", () => {
  const { events } = longLog(1100);
  const state = fold(events);
  if (!state) throw new Error("the log is empty");
  events.push(...advance(state, { type: "recover", at: 3 }));
  expect(workOf(state)).toEqual(["l#1101/work@0.1"]);
});

it("a loop of more rounds than are kept does none again in another life, nor in the one after that", () => {
  const { state, events } = longLog(1100);
  const failure = { code: "COMMAND_FAILED", message: "no", class: "failure" } as const;
  events.push(
    ...advance(state, { type: "outcome", at: 2, effect: "l#1101/work@0.1", outcome: { ok: false, failure } }),
  );
  expect(state.status).toBe("failed");
  for (const life of [1, 2]) {
    const next = fold(events, { beforeRestart: true });
    if (!next) throw new Error("the log is empty");
    events.push(...advance(next, { type: "restart", at: 3 }));
    expect(workOf(next)).toEqual([`l#1101/work@${life}.1`]);
    expect(viewOf(next).counts.reused).toBe(1100);
    const read = fold(events);
    expect(read && workOf(read)).toEqual(workOf(next));
    expect(read?.known.size).toBe(next.known.size);
  }
});
