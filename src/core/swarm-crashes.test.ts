import { describe, expect, it } from "vitest";
import type { JsonObject } from "../expression/json.ts";
import { CoreRun, workflowOf } from "../testing/core-run.ts";
import { answerTo, swarms, swarmWorkflow } from "../testing/swarm-runs.ts";
import type { WorkEffect } from "../ports/performer.ts";
import type { Event } from "./events.ts";
import { pending } from "./pending.ts";
import { isFinal } from "./state.ts";

/** Lets all agents answer until the run is over; the attempts that were started. */
function finish(run: CoreRun): readonly string[] {
  const asked: string[] = [];
  for (let turn = 0; turn < 500 && !isFinal(run.status); turn += 1) {
    const [owed] = pending(run.state).filter((effect): effect is WorkEffect => effect.type !== "timer");
    if (!owed) break;
    asked.push(owed.address);
    run.give({ type: "outcome", effect: owed.id, outcome: answerTo(owed) });
  }
  return asked;
}

const endedIn = (events: readonly Event[]): readonly string[] =>
  events.flatMap((event) => (event.type === "attempt.ended" && event.attempt > 0 ? [event.address] : []));

/** What agents that wait for nobody write may come onto the blackboard in any order. */
function resultOf(run: CoreRun): JsonObject {
  const { answer, decision, contributions, failed } = run.node("swarm/result").outcome?.output as JsonObject;
  const written = (contributions as readonly JsonObject[]).map((one) => JSON.stringify(one)).toSorted();
  return { answer, decision, failed, written } as JsonObject;
}

describe.each(Object.entries(swarms))("a swarm: %s", (_name, swarm: JsonObject) => {
  const workflow = workflowOf(swarmWorkflow(swarm));
  const calm = new CoreRun(workflow);
  finish(calm);

  it("comes to its end with the same shape of result as every other", () => {
    expect(calm.status).toBe("completed");
    const { output } = calm.node("swarm/result").outcome ?? {};
    expect(Object.keys(output as JsonObject)).toEqual([
      "answer",
      "decision",
      "contributions",
      "conflicts",
      "failed",
    ]);
    expect((output as JsonObject)["answer"]).not.toBeNull();
  });

  it("asks no agent again that had answered, wherever its process dies", () => {
    for (let kept = 1; kept <= calm.events.length; kept += 1) {
      const run = new CoreRun(workflow);
      run.events.splice(0, run.events.length, ...calm.events.slice(0, kept));
      const before = endedIn(run.events);
      run.crash();
      const asked = finish(run);
      expect(run.status).toBe("completed");
      expect(asked.filter((address) => before.includes(address))).toEqual([]);
      expect(resultOf(run)).toEqual(resultOf(calm));
      expect(run.state.ledger.costUsd).toBe(0.5 * new Set(endedIn(run.events)).size);
    }
  });

  it("does nothing again after a resume of a run that was cancelled", () => {
    const run = new CoreRun(workflow);
    const [owed] = pending(run.state).filter((effect): effect is WorkEffect => effect.type !== "timer");
    if (owed) run.give({ type: "outcome", effect: owed.id, outcome: answerTo(owed) });
    const before = endedIn(run.events);
    run.give({ type: "cancel" });
    for (const effect of pending(run.state))
      if (effect.type !== "timer") run.fail(effect.address, { class: "cancelled", code: "CANCELLED" });
    expect(run.status).toBe("cancelled");
    run.give({ type: "restart" });
    expect(finish(run).filter((address) => before.includes(address))).toEqual([]);
    expect(run.status).toBe("completed");
  });
});
