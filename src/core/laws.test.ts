import { array, assert, nat, property, record, type Arbitrary } from "fast-check";
import { describe, it } from "vitest";
import { changedWorkflow } from "../testing/simulation/changed-workflow.ts";
import { CoreDriver, createShadow, type Mischief } from "../testing/simulation/core-driver.ts";
import { listedDice, seededDice, sides } from "../testing/simulation/dice.ts";
import { endsOf } from "../testing/simulation/ends.ts";
import { observe } from "../testing/simulation/observe.ts";
import type { WorkflowKind } from "../testing/simulation/making.ts";
import { randomWorkflow } from "../testing/simulation/random-workflow.ts";
import { leftWays, resultsOf } from "../testing/simulation/results.ts";
import { finishWithSameChildren } from "../testing/simulation/same-children.ts";
import { must, same } from "../testing/simulation/same.ts";
import { createWatch } from "../testing/simulation/watch.ts";
import { createWorld } from "../testing/simulation/world.ts";
import type { Event } from "./events.ts";
import { pending } from "./pending.ts";
import { findUnsound } from "./sound.ts";

interface Case {
  /** Choices of the plan; shrinks to simpler plans. */
  readonly plan: readonly number[];
  readonly world: number;
  readonly order: number;
}

const cases: Arbitrary<Case> = record({
  plan: array(nat(sides - 1), { maxLength: 400, size: "max" }),
  world: nat(),
  order: nat(),
});

const mischief: Mischief = {
  duplicate: 0.05,
  earlyTimer: 0.05,
  stage: 0.03,
  pause: 0.03,
  signal: 0.03,
  say: 0.03,
  crash: 0.04,
  stop: 0.02,
};

function driverOf(
  { plan, world, order }: Case,
  kind: WorkflowKind,
  also: Partial<ConstructorParameters<typeof CoreDriver>[1]> = {},
): CoreDriver {
  const workflow = randomWorkflow(listedDice(plan), kind);
  return new CoreDriver(
    { workflow },
    { world: createWorld(`${world}`), dice: seededDice(`${order}`), ...also },
  );
}

// Shrinking a large plan may take minutes; what was found until then says enough.
const runs = { numRuns: 300, interruptAfterTimeLimit: 15_000 };

describe("the core, for every plan and every order of what comes in", () => {
  it("ends every node in the same way", () => {
    assert(
      property(cases, nat(), (one, other) => {
        const first = driverOf(one, "confluent").finish();
        const second = driverOf({ ...one, order: other }, "confluent", { mischief }).finish();
        same(endsOf(second.state), endsOf(first.state), "every order has the same ends");
      }),
      runs,
    );
  });

  it("has the state that its log folds to", () => {
    assert(
      property(cases, (one) => {
        let shadow = createShadow();
        driverOf(one, "any", {
          mischief: { ...mischief, cancel: 0.005, deadline: 0.02 },
          onDecision: (driver, events, input) => {
            if (input.type === "recover") {
              shadow = createShadow();
              shadow.take(driver.events.slice(0, driver.events.length - events.length));
            }
            same(observe(driver.state), observe(shadow.take(events)), "the state is what the log folds to");
          },
        }).finish();
      }),
      runs,
    );
  });

  it("owes what owedBy told, as long as it is not settled", () => {
    assert(
      property(cases, (one) => {
        driverOf(one, "any", {
          mischief: { ...mischief, cancel: 0.005, deadline: 0.02 },
          onDecision: ({ state, owed, timers }) => {
            const due = pending(state);
            const work = due.filter((effect) => effect.type !== "timer").map(({ id }) => id);
            same(work.toSorted(), [...owed.keys()].toSorted(), "pending is what was owed and not settled");
            for (const effect of due)
              must(effect.type !== "timer" || timers.get(effect.id) === effect.dueAt, `${effect.id} is set`);
          },
        }).finish();
      }),
      runs,
    );
  });

  it("takes what people say by when they said it, whatever was seen first", () => {
    assert(
      property(cases, (one) => {
        const dueAt = new Map<string, number>();
        driverOf(one, "any", {
          mischief: { ...mischief, say: 0.2 },
          onDecision: (_, events, input) => {
            if (input.type === "answer") {
              const isLate = input.at >= (dueAt.get(input.address) ?? Number.POSITIVE_INFINITY);
              const taken = events.some((event) => event.type === "ask.answered" && event.by !== undefined);
              const refused = events.some(
                (event) => event.type === "effect.dropped" && event.reason.includes("deadline has passed"),
              );
              must(!(isLate && taken), "what is said after the deadline is not taken");
              must(isLate || !refused, "what is said before the deadline is not too late");
            }
            for (const event of events)
              if (event.type === "ask.started")
                dueAt.set(event.address, event.dueAt ?? Number.POSITIVE_INFINITY);
          },
        }).finish();
      }),
      runs,
    );
  });

  it("starts nothing twice or too early, and holds its limits", () => {
    assert(
      property(cases, (one) => {
        const watch = createWatch();
        driverOf(one, "any", {
          mischief,
          onDecision: ({ state }, events) => watch(state, events),
        }).finish();
      }),
      runs,
    );
  });

  it("leaves a sound log", () => {
    assert(
      property(cases, (one) => {
        const { events } = driverOf(one, "any", {
          mischief: { ...mischief, cancel: 0.01, deadline: 0.02 },
        }).finish();
        same(findUnsound(events), [], "the log is sound");
      }),
      runs,
    );
  });

  it("comes to the same end after a crash at any event", () => {
    assert(
      property(cases, nat(), (one, at) => {
        const whole = driverOf(one, "confluent").finish();
        const log = whole.events.slice(0, 1 + (at % whole.events.length));
        const dice = seededDice(`${at}`);
        const rest = new CoreDriver({ log }, { world: createWorld(`${one.world}`), dice }).finish();
        same(endsOf(rest.state), endsOf(whole.state), "a crash changes nothing");
        const settled = new Set(log.flatMap((event) => attemptOf(event, "attempt.ended")));
        const again = rest.events
          .slice(log.length)
          .flatMap((event) => attemptOf(event, "attempt.started"))
          .filter((attempt) => settled.has(attempt));
        same(again, [], "no attempt is started again after its end");
      }),
      { ...runs, numRuns: 1000 },
    );
  });

  it("comes to an end after a crash at any event, whatever was asked of it", () => {
    assert(
      property(cases, nat(), (one, at) => {
        const asked = { ...mischief, cancel: 0.02, deadline: 0.05 };
        const { events } = driverOf(one, "any", { mischief: asked }).finish();
        const log = events.slice(0, 1 + (at % events.length));
        const dice = seededDice(`${at}`);
        const rest = new CoreDriver(
          { log },
          { world: createWorld(`${one.world}`), dice, mischief: asked },
        ).finish();
        same(findUnsound(rest.events), [], "the log is sound");
      }),
      runs,
    );
  });

  it("uses every good result again when it is restarted, and comes to the same", () => {
    assert(
      property(cases, (one) => {
        const driver = driverOf(one, "confluent").finish();
        const before = resultsOf(driver.state);
        const good = [...driver.state.byAddress.values()]
          .filter((node) => node.plan.kind === "step" && node.satisfied && node.end !== "skipped")
          .filter((node) => node.fallback === undefined && node.outcome?.reported !== "partial")
          .map(({ address }) => address);
        const left = leftWays(driver.state);
        const length = driver.events.length;
        driver.restart().finish();
        same(resultsOf(driver.state), before, "a restart comes to the same");
        const again = driver.events.slice(length).flatMap((event) => attemptOf(event, "attempt.started"));
        same(
          again.filter((attempt) => good.includes(attempt.slice(0, attempt.lastIndexOf("@")))),
          [],
          "what ended well is not done again",
        );
        same(
          again.filter((attempt) => left.some((way) => attempt.startsWith(`${way}/`))),
          [],
          "a way that failed is not taken again where another ended well",
        );
      }),
      runs,
    );
  });

  it("comes to what a new run comes to when it is restarted with a changed workflow", () => {
    assert(
      property(cases, nat(), (one, change) => {
        const driver = driverOf(one, "confluent").finish();
        const before = driver.state.workflow;
        const workflow = changedWorkflow(before, seededDice(`${change}`));
        const known = resultsOf(driver.state);
        driver.restart(undefined, workflow);
        finishWithSameChildren(driver);
        const parts = { world: createWorld(`${one.world}`), dice: seededDice(`${one.order}`) };
        const anew = new CoreDriver({ workflow }, parts).finish();
        same(resultsOf(driver.state), resultsOf(anew.state), "a changed workflow comes to the same");
        same(findUnsound(driver.events), [], "the log is sound");
        driver.restart(undefined, before);
        finishWithSameChildren(driver);
        same(resultsOf(driver.state), known, "and what it was before to what it came to then");
      }),
      runs,
    );
  });

  it("takes back what it did when it is recalled after its end", () => {
    assert(
      property(cases, (one) => {
        const watch = createWatch();
        const shadow = createShadow();
        const driver = driverOf(one, "any", {
          mischief: { duplicate: 0.05, earlyTimer: 0.05, pause: 0.03, cancel: 0.01, deadline: 0.02 },
          onDecision: ({ state }, events) => {
            watch(state, events);
            same(observe(state), observe(shadow.take(events)), "the state is what the log folds to");
          },
        }).finish();
        driver.recall().finish();
        same(driver.state.status, "cancelled", "a run that is recalled is cancelled");
        same(findUnsound(driver.events), [], "the log is sound");
      }),
      runs,
    );
  });

  it("keeps all of this over restarts from any place", () => {
    assert(
      property(cases, array(nat(), { minLength: 1, maxLength: 3 }), (one, places) => {
        const watch = createWatch();
        const shadow = createShadow();
        const driver = driverOf(one, "any", {
          mischief: {
            duplicate: 0.05,
            earlyTimer: 0.05,
            pause: 0.03,
            signal: 0.03,
            cancel: 0.02,
            deadline: 0.02,
          },
          onDecision: ({ state }, events) => {
            watch(state, events);
            same(observe(state), observe(shadow.take(events)), "the state is what the log folds to");
          },
        }).finish();
        for (const place of places) {
          const nodes = [...driver.state.byAddress.values()];
          const from = place % 3 === 0 ? undefined : nodes[place % nodes.length];
          const length = driver.events.length;
          driver.restart(from?.address);
          finishWithSameChildren(driver);
          must(
            from === undefined || !driver.events.slice(length).some((event) => isReuse(event, from.address)),
            `no result of ${from?.address}, in it, or of later rounds is used again`,
          );
        }
        same(findUnsound(driver.events), [], "the log is sound");
      }),
      runs,
    );
  });
});

/** True when a result at this address, inside it, or in a later round of a loop around it was used again. */
function isReuse(event: Event, address: string): boolean {
  if (event.type !== "result.reused") return false;
  if (isIn(event.address, address)) return true;
  return [...address.matchAll(/#(\d+)/g)].some(({ 1: round, index }) => {
    const later = /^#(\d+)/.exec(event.address.slice(index));
    return event.address.startsWith(address.slice(0, index)) && Number(later?.[1] ?? 0) > Number(round);
  });
}

function isIn(address: string, holder: string): boolean {
  return address === holder || ["/", "#", "["].some((next) => address.startsWith(holder + next));
}

function attemptOf(event: Event, type: "attempt.started" | "attempt.ended"): string[] {
  return event.type === type ? [`${event.address}@${event.attempt}`] : [];
}
