import { expect, it } from "vitest";
import { stageOf } from "../../test/stage-world.ts";
import { defaultFlow } from "../language/pipeline.ts";
import { createFakeClock } from "../runtimes/memory/fake-clock.ts";
import type { StreamFigures } from "./figures.ts";
import { Flow } from "./flow/flow.ts";
import { Gauges } from "./gauges.ts";
import type { Pipeline } from "./host.ts";
import { layoutOf } from "./layout.ts";

const pipeline: Pipeline = {
  source: { kind: "list", items: "" },
  stages: [stageOf({ name: "slow", batchSize: 1, parallelism: { least: 2, most: 2 } })],
  sinks: [],
  flow: defaultFlow,
  continuous: false,
  alerts: [{ name: "full", when: "waiting > 1", forMs: 0, notify: "terminal" }],
};

/** A pipeline of which batches are in work, right after its figures were made. */
function begun() {
  const clock = createFakeClock();
  const flow = new Flow({ places: layoutOf(pipeline, () => undefined), shape: "x" });
  const gauges = new Gauges({ pipeline, clock, kept: undefined });
  flow.arrive({ texts: ["1", "2"], bad: [], position: 2, ended: false, at: clock.now() });
  const take = () => flow.take("slow", { now: clock.now(), hurry: true });
  const taken = [take(), take()];
  const kept = () => gauges.kept(flow)["figures"] as unknown as StreamFigures;
  kept();
  return { clock, flow, gauges, kept, first: taken[0] };
}

it("the first latency that is measured is kept at once, the others as figures are made", () => {
  const { clock, flow, gauges, kept, first } = begun();
  if (!first) throw new Error("nothing was taken");
  gauges.of("slow").tried({ attempt: 1, tookMs: 2000 }, clock.now());
  flow.finish("slow", first, { outputs: [], filtered: 0, dead: [], now: clock.now() });
  const [place] = kept().places;
  expect(place).toMatchObject({ batches: 1, inWork: 1 });
  expect(place?.latencyMs.p50).toBeGreaterThan(1900);
});

it("alerts are kept as they ring", () => {
  const { gauges, kept } = begun();
  expect(kept()).not.toHaveProperty("alerts");
  gauges.alerts = { full: { since: 7, raised: true }, other: { since: 7, raised: true } };
  expect(kept().alerts).toEqual([{ name: "full", when: "waiting > 1", since: 7 }]);
  gauges.alerts = {};
  expect(kept()).not.toHaveProperty("alerts");
});
