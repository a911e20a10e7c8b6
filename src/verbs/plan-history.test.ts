import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openTutti } from "../engine.ts";
import { temporaryFolder } from "../testing/testbed.ts";

const work = { name: "work", prompt: "work", expect: { time: "10m" } };

async function world() {
  const cwd = temporaryFolder();
  const mock = { rules: [{ prompt: ".", output: { good: true } }] };
  writeFileSync(join(cwd, "inner.json"), JSON.stringify({ name: "inner", chain: steps }));
  const tutti = await openTutti({ cwd, home: join(cwd, ".tutti"), mock });
  onTestFinished(() => tutti.close());
  const origin = join(cwd, "w.json");
  const load = (step: object, inputs: object = {}) =>
    tutti.load({ kind: "object", origin, value: { name: "w", inputs, chain: [{ name: "l", ...step }] } });
  return { tutti, load };
}

const looped = { until: "l.round >= 2", max: 10 };
const steps = [{ ...work, output: { good: "boolean" } }];

it.each([
  ["items that the file names", { for_each: { items: ["a", "b", "c"], concurrency: 1 }, steps }, 1_800_000],
  ["rounds that the file counts", { repeat: 3, steps }, 1_800_000],
  ["rounds until something holds", { repeat: looped, steps }, 600_000],
  ["a list that only the run knows", { for_each: "${ [1].filter(x, true) }", steps }, 600_000],
  ["a run of its own", { mode: "child", workflow: "./inner.json" }, 600_000],
])(
  "a rehearsal with the mock agent says nothing of the time that another takes for %s",
  async (_, step, ms) => {
    const { tutti, load } = await world();
    const source = await load(step);
    const timed = async (agent?: string) =>
      (await tutti.plan(source.workflow, agent === undefined ? {} : { agent })).predictedMs;
    expect(await timed()).toBe(ms);
    expect((await (await tutti.start(source, { overrides: { agent: "mock" } })).done).status).toBe(
      "completed",
    );
    expect(await timed()).toBe(ms);
    expect(await timed("mock")).toBeLessThan(60_000);
  },
);

it("a list takes what so many items take, whatever another number of them took", async () => {
  const { tutti, load } = await world();
  const list = { items: "${ inputs.list }", concurrency: 1 };
  const source = await load({ for_each: list, steps: [work] }, { list: { type: "array", default: [] } });
  const planned = async (count: number) => {
    const inputs = { list: Array.from({ length: count }, (_, index) => index) };
    return (await tutti.plan(source.workflow, { agent: "mock", inputs })).predictedMs;
  };
  expect(await planned(2)).toBe(1_200_000);
  const inputs = { list: [1, 2, 3] };
  expect((await (await tutti.start(source, { inputs, overrides: { agent: "mock" } })).done).status).toBe(
    "completed",
  );
  expect(await planned(400)).toBeCloseTo(200 * (await planned(2)), 0);
  expect(await planned(2)).toBeLessThan(60_000);
});
