import { expect, it } from "vitest";
import { viewOf } from "../core/view.ts";
import { CoreRun, parallelOf } from "../testing/core-run.ts";
import { statement } from "./statement.ts";

it("states what a degraded run does not have, as text whatever is in it", () => {
  const run = new CoreRun(
    parallelOf([
      { name: "x", run: "echo <b>", error_strategy: "continue_on_failure" },
      { name: "y", run: "./y", depends_on: ["x"] },
      { name: "g", run: "./g", gates: [{ check: "1 == 2", level: "advisory", name: "<i>" }] },
    ]),
  );
  run.ok("g");
  run.fail("x", { message: "<script>\n# no" });
  const text = statement(viewOf(run.state));
  expect(text).toContain("## x\n");
  expect(text).toContain(String.raw`- required: echo \<b\>`);
  expect(text).toContain(String.raw`- missing because: \<script\> \# no`);
  expect(text).toContain("- y was to build on it and was not done");
  expect(text).toContain(String.raw`- g, gate "\<i\>": it did not hold; it is advisory`);
  expect(text).toContain("tutti show r1");
});

it("cuts a list that is too long for people", () => {
  const steps = Array.from({ length: 60 }, (_, at) => ({ name: `d${at}`, run: "./d", depends_on: ["x"] }));
  const run = new CoreRun(
    parallelOf([{ name: "x", run: "./x", error_strategy: "continue_on_failure" }, ...steps]),
  );
  run.fail("x");
  expect(statement(viewOf(run.state))).toContain("- and 10 more were to build on it");
});
