import { describe, expect, it } from "vitest";
import { Flow } from "./flow.ts";
import type { Place } from "./place.ts";
import type { Taken } from "./station.ts";

const common = {
  batchSize: 2,
  batchWaitMs: 0,
  most: 4,
  inOrder: true,
  buffer: { bufferSize: 10, whenFull: "block" },
} as const;
const early: Place = { ...common, name: "early", isFirst: true, givers: [], takers: ["late"], isEarly: true };
const late: Place = { ...common, name: "late", isFirst: false, givers: ["early"], takers: ["sink"] };
const sink: Place = { ...common, name: "sink", isFirst: false, givers: ["late"], takers: [], most: 1 };
const now = 1;

function flowWith(texts: readonly string[], more: { readonly isOnce?: boolean } = {}): Flow {
  const flow = new Flow({ places: [early, late, sink], shape: "x" });
  flow.arrive({ texts, bad: [], position: texts.length, ended: false, at: now, ...more });
  return flow;
}

function take(flow: Flow, name: string): Taken {
  const taken = flow.take(name, { now, hurry: false });
  if (!taken) throw new Error(`${name} has nothing to take`);
  return taken;
}

function pass(flow: Flow, name: string, taken: Taken): void {
  flow.finish(name, taken, { outputs: taken.records, filtered: 0, dead: [], now });
}

describe("an early place", () => {
  it("takes what is not durable, and what it is through with was never written down before it", () => {
    const flow = flowWith(["1", "2"]);
    pass(flow, "early", take(flow, "early"));
    const change = flow.seal()?.change;
    expect(change?.put).toMatchObject([{ queue: "late", batch: 0, records: [{ no: 0 }, { no: 1 }] }]);
    expect(change?.remove).toEqual([]);
  });

  it("removes what was written down while it was in work", () => {
    const flow = flowWith(["1", "2"]);
    const taken = take(flow, "early");
    expect(flow.seal()?.change.put).toMatchObject([{ queue: "early", batch: 0 }]);
    pass(flow, "early", taken);
    expect(flow.seal()?.change).toMatchObject({
      put: [{ queue: "late" }],
      remove: [{ queue: "early", batch: 0 }],
    });
  });

  it("hands on what another place takes only when it is durable", () => {
    const flow = flowWith(["1", "2"]);
    pass(flow, "early", take(flow, "early"));
    expect(flow.take("late", { now, hurry: false })).toBeUndefined();
    const sealed = flow.seal();
    flow.durable(sealed?.seq ?? 0);
    expect(take(flow, "late").records).toHaveLength(2);
  });
});

describe("what has been decided", () => {
  it("presses for the disk unless early work goes on that will add to it", () => {
    const flow = new Flow({ places: [early, late, sink], shape: "x" });
    expect(flow.isPressing(now)).toBeUndefined();
    flow.arrive({ texts: ["1", "2", "3", "4"], bad: [], position: 4, ended: false, at: now });
    expect(flow.isPressing(now)).toBe(true);
    const [first, second] = [take(flow, "early"), take(flow, "early")];
    expect(flow.isPressing(now)).toBe(false);
    // a whole batch lies before one who waits for it
    pass(flow, "early", first);
    expect(flow.isPressing(now)).toBe(true);
    const sealed = flow.seal();
    flow.durable(sealed?.seq ?? 0);
    // what was done outside should not be done again
    pass(flow, "late", take(flow, "late"));
    expect(flow.isPressing(now)).toBe(true);
    flow.seal();
    pass(flow, "early", second);
    expect(flow.isPressing(now)).toBe(true);
  });

  it("presses when its source cannot say it again", () => {
    const flow = flowWith(["1", "2", "3"], { isOnce: true });
    take(flow, "early");
    expect(flow.isPressing(now)).toBe(true);
  });
});
