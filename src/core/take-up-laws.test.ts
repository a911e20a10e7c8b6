import { array, assert, nat, property, record } from "fast-check";
import { it } from "vitest";
import { CoreDriver, createShadow } from "../testing/simulation/core-driver.ts";
import { listedDice, seededDice, sides } from "../testing/simulation/dice.ts";
import { observe } from "../testing/simulation/observe.ts";
import { randomWorkflow } from "../testing/simulation/random-workflow.ts";
import { same } from "../testing/simulation/same.ts";
import { createWatch } from "../testing/simulation/watch.ts";
import { createWorld } from "../testing/simulation/world.ts";
import type { Event } from "./events.ts";
import { findUnsound } from "./sound.ts";
import { isFinal } from "./state.ts";

const cases = record({
  plan: array(nat(sides - 1), { maxLength: 400, size: "max" }),
  world: nat(),
  order: nat(),
});

/** What makes somebody outside do something. */
const beginnings: ReadonlySet<Event["type"]> = new Set([
  "attempt.started",
  "gate.started",
  "wait.started",
  "ask.started",
]);

it("a run that was put back and is cancelled with the word to undo takes up what it knows, begins nothing, and ends", () => {
  assert(
    property(cases, nat(), ({ plan, world, order }, place) => {
      const watch = createWatch();
      const shadow = createShadow();
      const driver = new CoreDriver(
        { workflow: randomWorkflow(listedDice(plan), "any") },
        {
          world: createWorld(`${world}`),
          dice: seededDice(`${order}`),
          mischief: { duplicate: 0.05, pause: 0.03, cancel: 0.02, deadline: 0.02 },
          onDecision: ({ state }, events) => {
            watch(state, events);
            same(observe(state), observe(shadow.take(events)), "the state is what the log folds to");
          },
        },
      ).finish();
      const nodes = [...driver.state.byAddress.keys()];
      const drop = nodes.filter((_, at) => at % 7 === place % 7);
      driver.timers.clear();
      driver.give({ type: "restart", hold: true, reason: "back", drop });
      const events = driver.give({ type: "cancel", undo: true });
      const until = events.findIndex((event) => event.type === "run.control" && event.verb === "cancel");
      same(
        events.slice(0, until).filter(({ type }) => beginnings.has(type)),
        [],
        "nothing begins before",
      );
      if (!isFinal(driver.state.status)) driver.finish();
      same(findUnsound(driver.events), [], "the log is sound");
    }),
    { numRuns: 300, interruptAfterTimeLimit: 15_000 },
  );
});
