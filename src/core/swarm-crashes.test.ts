import { describe, expect, it } from "vitest";
import type { JsonObject } from "../expression/json.ts";
import type { Workflow } from "../language/workflow.ts";
import type { WorkEffect } from "../ports/performer.ts";
import { asStored, checkLaws, workflowOf } from "../testing/core-run.ts";
import { answerTo, swarms, swarmWorkflow } from "../testing/swarm-runs.ts";
import { advance, create } from "./advance.ts";
import { fold } from "./apply.ts";
import type { Event, Input } from "./events.ts";
import { pending } from "./pending.ts";
import { isFinal, nodeAt, type RunState } from "./state.ts";

/** A run of the core alone; unlike `CoreRun` it holds no law after each input, because very many of them are made here. */
interface Run {
  state: RunState;
  readonly events: Event[];
}

function begin(workflow: Workflow): Run {
  const { state, events } = create({
    type: "create",
    at: 1,
    runId: "r1",
    seed: "5eed",
    workflow,
    inputs: {},
    plan: { expectedMs: {} },
    overrides: {},
  });
  return { state, events: [...events] };
}

function takeUp(log: readonly Event[]): Run {
  const events = asStored(log);
  const state = fold(events);
  if (!state) throw new Error("nothing was kept");
  const run = { state, events: [...events] };
  give(run, { type: "recover" });
  return run;
}

function give(run: Run, input: Untimed<Input>): void {
  run.events.push(...advance(run.state, { ...input, at: 1 }));
}

type Untimed<T> = T extends Input ? Omit<T, "at"> : never;

const owedBy = ({ state }: Run): readonly WorkEffect[] =>
  pending(state).filter((effect): effect is WorkEffect => effect.type !== "timer");

/** Lets all agents answer until the run is over; the attempts that were made. */
function finish(run: Run): readonly string[] {
  const asked: string[] = [];
  for (let turn = 0; turn < 500 && !isFinal(run.state.status); turn += 1) {
    const [owed] = owedBy(run);
    if (!owed) break;
    asked.push(owed.address);
    give(run, { type: "outcome", effect: owed.id, outcome: answerTo(owed) });
  }
  return asked;
}

const resultNode = ({ state }: Run): JsonObject =>
  nodeAt(state, "swarm/result")?.outcome?.output as JsonObject;

const endedIn = (events: readonly Event[]): readonly string[] =>
  events.flatMap((event) => (event.type === "attempt.ended" && event.attempt > 0 ? [event.address] : []));

/** What agents that wait for nobody write may come onto the blackboard in any order. */
function resultOf(run: Run): JsonObject {
  const { answer, decision, contributions, failed } = resultNode(run);
  const written = (contributions as readonly JsonObject[]).map((one) => JSON.stringify(one)).toSorted();
  return { answer, decision, failed, written };
}

describe.each(Object.entries(swarms))("a swarm: %s", (_name, swarm: JsonObject) => {
  const workflow = workflowOf(swarmWorkflow(swarm));
  const calm = begin(workflow);
  finish(calm);

  it("comes to its end with the same shape of result as every other, by a sound log", () => {
    expect(calm.state.status).toBe("completed");
    expect(Object.keys(resultNode(calm))).toEqual([
      "answer",
      "decision",
      "contributions",
      "conflicts",
      "failed",
    ]);
    expect(resultNode(calm)["answer"]).not.toBeNull();
    checkLaws(calm.state, calm.events);
  });

  it("asks no agent again that had answered, wherever its process dies", () => {
    for (let kept = 1; kept <= calm.events.length; kept += 1) {
      const before = endedIn(calm.events.slice(0, kept));
      const run = takeUp(calm.events.slice(0, kept));
      const asked = finish(run);
      expect(run.state.status).toBe("completed");
      expect(asked.filter((address) => before.includes(address))).toEqual([]);
      expect(resultOf(run)).toEqual(resultOf(calm));
      expect(run.state.ledger.costUsd).toBe(0.5 * new Set(endedIn(run.events)).size);
    }
  });

  it("does nothing again after a resume of a run that was cancelled", () => {
    const run = begin(workflow);
    const [owed] = owedBy(run);
    if (owed) give(run, { type: "outcome", effect: owed.id, outcome: answerTo(owed) });
    const before = endedIn(run.events);
    give(run, { type: "cancel" });
    const failure = { code: "CANCELLED", message: "cancelled", class: "cancelled" } as const;
    for (const { id } of owedBy(run))
      give(run, { type: "outcome", effect: id, outcome: { ok: false, failure } });
    expect(run.state.status).toBe("cancelled");
    give(run, { type: "restart" });
    expect(finish(run).filter((address) => before.includes(address))).toEqual([]);
    expect(run.state.status).toBe("completed");
  });
});
