import { expect, it } from "vitest";
import { workedFigures } from "../../test/cli/figures.ts";
import { nodeView, runView } from "../../test/cli/views.ts";
import { pipelinesOf } from "./pipelines.ts";

const tutti = { streams: async () => [{ address: "load", figures: workedFigures, letters: 0 }] };

it.each([
  ["running", false, true],
  ["running", true, false],
  ["failed", false, false],
  ["stopped", false, false],
  ["waiting", false, false],
  ["cancelled", false, false],
] as const)(
  "of a pipeline that is %s, and interrupted or not (%s), batches are at work: %s",
  async (...[status, interrupted, works]) => {
    const view = runView([nodeView("load", { action: "pipeline", status })]);
    const [shown] = await pipelinesOf(tutti, view, { interrupted });
    expect(shown?.figures.places.some(({ inWork }) => inWork > 0)).toBe(works);
  },
);

it("a run without pipelines is not looked through", async () => {
  const never = { streams: () => Promise.reject(new Error("asked")) };
  expect(await pipelinesOf(never, runView([nodeView("a")]), { interrupted: false })).toEqual([]);
});
