import { expect, it } from "vitest";
import { alertFigures as named, placeFigures } from "../src/language/read/pipeline-alerts.ts";
import { alertFigures } from "../src/stream/alert-figures.ts";
import { isObject } from "../src/expression/json.ts";

const none = { p50: 0, p95: 0, p99: 0 };
const counts = {
  in: 0,
  done: 0,
  filtered: 0,
  dropped: 0,
  dead: 0,
  waiting: 0,
  onDisk: 0,
  spilled: 0,
  inWork: 0,
};
const rates = { parallelism: 1, out: 0, batches: 0, retries: 0, perSecond: 0, errorRate: 0 };

it("alerts of pipelines can name every figure that there is, and no other", () => {
  const figures = alertFigures({
    source: { read: 0, bad: 0, perSecond: 0, ended: false, lag: { records: 1 } },
    places: [{ name: "a", kind: "stage", ...counts, ...rates, latencyMs: none, costUsd: 0 }],
    latencyMs: none,
    runningMs: 0,
    costUsd: 0,
    status: "idle",
  });
  expect(Object.keys(figures).sort()).toEqual([...named].sort());
  const { stages } = figures;
  const place = isObject(stages) ? stages["a"] : undefined;
  expect(Object.keys(isObject(place) ? place : {}).sort()).toEqual([...placeFigures].sort());
});
