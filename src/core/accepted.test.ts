import { describe, expect, it } from "vitest";
import type { Json } from "../expression/json.ts";
import { CoreRun, parallelOf } from "../testing/core-run.ts";
import { acceptedOf } from "./accepted.ts";
import { missingOf } from "./missing.ts";
import { viewOf } from "./view.ts";

const w: Json = [{ name: "w", run: "./w" }];
const yes: Json = { deadline: "1m", otherwise: "approve" };

const steps: readonly Json[] = [
  {
    name: "g",
    run: "./g",
    before: [{ check: "1 == 2", level: "advisory", name: "early" }],
    gates: [
      { check: "int('x') == 1", level: "advisory", name: "broken" },
      { check: "true", level: "advisory", name: "held" },
      { human: "Keep it?", name: "keep", ...yes },
      { human: "Really?", name: "asked" },
    ],
  },
  { name: "l", repeat: { until: "l.last.output == 1", max: 2, otherwise: "accept" }, steps: w },
  { name: "done", repeat: { until: "true", max: 2, otherwise: "accept" }, steps: w },
  { name: "flat", repeat: { max: 1, plateau: { of: "1", rounds: 1 }, otherwise: "accept" }, steps: w },
  { name: "p", approval: "ship?", ...yes },
  { name: "q", question: "why?", deadline: "1m", otherwise: "so" },
  { name: "asked", approval: "really?" },
];

/** A run of them in which everything happens that the workflow has a word for; with a step more that fails, or not. */
function ended(others: readonly Json[] = []): CoreRun {
  const run = new CoreRun(parallelOf([...steps, ...others]));
  run.ok("g");
  for (const at of ["l#1", "done#1", "flat#1", "l#2"]) run.ok(`${at}/w`);
  run.give({ type: "answer", address: "asked", value: true, by: "ann" });
  for (const at of ["g", "p", "q"]) run.fire(`waiting:${at}`);
  expect(acceptedOf(run.state)).toEqual([]);
  if (others.length > 0) run.fail("x");
  run.give({ type: "answer", address: "g", value: true, by: "ann" });
  return run;
}

describe("what a run took as it was", () => {
  it("is told of one that completed: advisory gates, loops whose condition never held, answers nobody gave", () => {
    const run = ended();
    expect(run.status).toBe("completed");
    const advisory = expect.stringContaining("; it is advisory") as unknown;
    expect(acceptedOf(run.state)).toEqual([
      { address: "g", kind: "gate", required: 'gate "early"', why: "it did not hold; it is advisory" },
      { address: "g", kind: "gate", required: 'gate "broken"', why: advisory },
      {
        address: "g",
        kind: "gate",
        required: 'gate "keep"',
        why: "nobody answered in time; yes was taken for an answer",
      },
      {
        address: "l",
        kind: "loop",
        required: "until l.last.output == 1",
        why: "its 2 rounds are over; what there is is accepted",
      },
      {
        address: "p",
        kind: "answer",
        required: "an approval: ship?",
        why: "nobody answered in time; yes was taken for an answer",
      },
      {
        address: "q",
        kind: "answer",
        required: "an answer: why?",
        why: "nobody answered in time; so was taken for an answer",
      },
    ]);
    expect(viewOf(run.state).accepted).toHaveLength(6);
  });

  it("is the same where another step failed, and is not missing there", () => {
    const run = ended([{ name: "x", run: "./x", error_strategy: "continue_on_failure" }]);
    expect(run.status).toBe("degraded");
    expect(acceptedOf(run.state)).toEqual(acceptedOf(ended().state));
    expect(missingOf(run.state).map(({ address }) => address)).toEqual(["x"]);
  });

  it("is not told of a run that failed", () => {
    const run = new CoreRun(
      parallelOf([
        { name: "p", approval: "ship?", ...yes },
        { name: "x", run: "./x" },
      ]),
    );
    run.fire("waiting:p");
    run.fail("x");
    expect(run.status).toBe("failed");
    expect(acceptedOf(run.state)).toEqual([]);
    expect(viewOf(run.state).accepted).toBeUndefined();
  });

  it("has no count of votes in a round after which another one decided", () => {
    const count = {
      name: "count",
      tally: { votes: "${ talk.round == 1 ? [] : [{'voter': 'a', 'vote': 'x'}] }", otherwise: "accept" },
    };
    const until = (times: number) => ({ until: `talk.round == ${times}`, max: 3, otherwise: "accept" });
    const accepted = (times: number) => {
      const run = new CoreRun(parallelOf([{ name: "talk", repeat: until(times), steps: [count] }]));
      return acceptedOf(run.state).map(({ address }) => address);
    };
    expect(accepted(1)).toEqual(["talk#1/count"]);
    expect(accepted(2)).toEqual([]);
  });
});
