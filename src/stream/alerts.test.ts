import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alertFigures as names } from "../language/read/pipeline-alerts.ts";
import type { Json } from "../expression/json.ts";
import type { StreamAlert } from "../language/pipeline.ts";
import { alertFigures } from "./alert-figures.ts";
import { type AlertNews, type AlertStates, compileAlerts, ringing } from "./alerts.ts";
import type { PlaceFigures, StreamFigures } from "./figures.ts";

const quantiles = { p50: 1, p95: 2, p99: 3 };
const place: PlaceFigures = {
  name: "ask",
  kind: "stage",
  in: 20,
  done: 10,
  filtered: 1,
  dropped: 2,
  dead: 3,
  waiting: 4,
  onDisk: 0,
  spilled: 0,
  inWork: 1,
  parallelism: 2,
  out: 10,
  batches: 5,
  retries: 1,
  perSecond: 6,
  errorRate: 0.25,
  latencyMs: quantiles,
  costUsd: 0.5,
};
const figures: StreamFigures = {
  source: { read: 20, bad: 1, perSecond: 7, ended: false, lag: { bytes: 100 } },
  places: [place, { ...place, name: "out", kind: "sink", errorRate: 0.5, perSecond: 1, costUsd: 0 }],
  latencyMs: { p50: 10, p95: 20, p99: 30 },
  runningMs: 1000,
  costUsd: 0.5,
  status: "running",
};
const alert = (when: string, forMs = 60_000): StreamAlert => ({
  name: "watch",
  when,
  forMs,
  notify: "terminal",
});
const waiting = (count: number): StreamFigures => ({ ...figures, places: [{ ...place, waiting: count }] });

/** All that is told while the pipeline has so many records waiting, at each time. */
function told(one: StreamAlert, course: readonly (readonly [number, StreamFigures])[]) {
  const watch = compileAlerts([one]);
  let states: AlertStates = {};
  return course.flatMap(([at, seen]) => {
    const looked = watch.look(states, { figures: seen, at });
    // as it would be read again by another process
    states = JSON.parse(JSON.stringify(looked.states)) as AlertStates;
    return looked.news.map(({ raised, text }: AlertNews) => `${at} ${raised ? "raised" : "over"}: ${text}`);
  });
}

describe("figures that alerts can name", () => {
  it("are those that the language knows", () => {
    expect(Object.keys(alertFigures(figures)).sort()).toEqual([...names].sort());
  });

  it("are of the whole pipeline, and of each stage and sink", () => {
    expect(alertFigures(figures)).toMatchObject({
      error_rate: 0.5,
      throughput: 7,
      lag: 100,
      latency_p95: 20,
      dead: 7,
      dropped: 4,
      waiting: 8,
      cost: 0.5,
      stages: { ask: { error_rate: 0.25, dead: 3, latency_p95: 2, cost: 0.5 }, out: { throughput: 1 } },
    });
  });

  it("count what still lies in the source as records where these are known", () => {
    const of = (lag: StreamFigures["source"]["lag"]) =>
      alertFigures({ ...figures, source: { ...figures.source, ...(lag ? { lag } : { lag: {} }) } })["lag"];
    expect([of({ bytes: 100, records: 5 }), of({})]).toEqual([5, undefined]);
  });
});

describe("an alert", () => {
  it("is told once when it has been true for so long, and once when it is over", () => {
    const course = [
      [0, 5],
      [30, 6],
      [60, 7],
      [90, 8],
      [120, 0],
      [150, 0],
      [180, 9],
    ] as const;
    expect(
      told(
        alert("waiting > 4", 60),
        course.map(([at, count]) => [at, waiting(count)]),
      ),
    ).toEqual([
      '60 raised: Alert "watch": waiting > 4 (waiting 7)',
      '120 over: Alert "watch" is over: waiting > 4 (waiting 0)',
    ]);
  });

  it("rings while people know of it", () => {
    const one = alert("waiting > 4", 60);
    const watch = compileAlerts([one]);
    let states: AlertStates = {};
    const heard = [10, 70, 80].map((at) => {
      ({ states } = watch.look(states, { figures: waiting(at < 80 ? 5 : 0), at }));
      return ringing([one, { ...one, name: "other" }], JSON.parse(JSON.stringify(states)) as Json);
    });
    expect(heard).toEqual([[], [{ name: "watch", when: "waiting > 4", since: 10 }], []]);
  });

  it("begins anew when it was not true in between", () => {
    const course = [
      [0, 5],
      [40, 0],
      [50, 5],
      [90, 5],
      [110, 5],
    ] as const;
    expect(
      told(
        alert("waiting > 4", 60),
        course.map(([at, count]) => [at, waiting(count)]),
      ),
    ).toEqual(['110 raised: Alert "watch": waiting > 4 (waiting 5)']);
  });

  it("names the figures of a stage", () => {
    const when = "stages.ask.error_rate > 0.2 AND stages.out.throughput < 5";
    expect(told(alert(when, 0), [[0, figures]])).toEqual([
      `0 raised: Alert "watch": ${when} (stages.ask.error_rate 0.25, stages.out.throughput 1)`,
    ]);
  });

  it.each([
    ["stages.none.dead > 0", '"stages" has no key "none"'],
    ["waiting", '"waiting" gave 8, not true or false'],
  ])("that cannot be watched is told of as well: %s", (when, why) => {
    expect(told(alert(when, 0), [[0, figures]]).join()).toContain(why);
  });

  it("is due when it may be raised", () => {
    const watch = compileAlerts([alert("waiting > 4", 60), { ...alert("waiting > 4", 20), name: "soon" }]);
    const first = watch.look({}, { figures, at: 100 });
    expect(watch.dueAt({})).toBeUndefined();
    expect(watch.dueAt(first.states)).toBe(120);
    expect(watch.dueAt(watch.look(first.states, { figures, at: 120 }).states)).toBe(160);
    expect(watch.dueAt(watch.look(first.states, { figures, at: 200 }).states)).toBeUndefined();
  });

  it("is told of raised and over in turn, whatever happens", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 50 }), fc.boolean())),
        fc.nat({ max: 100 }),
        (steps, forMs) => {
          let at = 0;
          const course = steps.map(([wait, holds]) => [(at += wait), waiting(holds ? 9 : 0)] as const);
          const kinds = told(alert("waiting > 4", forMs), course).map((news) => news.includes("raised"));
          expect(kinds).toEqual(kinds.map((_, index) => index % 2 === 0));
        },
      ),
    );
  });
});
