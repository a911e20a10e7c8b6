import { describe, expect, it } from "vitest";
import { CoreRun } from "../../testing/core-run.ts";
import { chainOf, stepOf, workflowWith } from "../../testing/holders.ts";
import type { Call } from "../../language/workflow.ts";

const target = { schema: { type: "string" }, required: true };
const level = { schema: { type: "integer" }, default: 1, required: false };
const note = { schema: {}, required: false };

function runOf(given: Call["with"]): CoreRun {
  const work = stepOf("work", {
    kind: "function",
    function: "f",
    args: "${ [inputs.target, inputs.level, inputs.note] }",
  });
  const call: Call = { workflow: "other", inputs: { target, level, note }, with: given };
  const sub = stepOf(
    "sub",
    { kind: "chain", chain: chainOf([work]), call },
    { needs: [{ step: "scan", because: "reference" }] },
  );
  const after = stepOf(
    "after",
    { kind: "function", function: "f", args: "${ sub.output.work }" },
    {
      needs: [{ step: "sub", because: "reference" }],
    },
  );
  const run = new CoreRun(workflowWith([stepOf("scan"), sub, after]), {
    inputs: { target: "of the caller" },
  });
  run.ok("scan", { output: "lib" });
  return run;
}

describe("a step that is another workflow", () => {
  it("gives it inputs with its defaults, and its steps see those and not the caller's", () => {
    const run = runOf({ target: "${ scan.output }" });
    expect(run.work("sub/work")).toMatchObject({ request: { args: ["lib", 1, null] } });
    run.ok("sub/work", { output: "done" });
    expect(run.work("after")).toMatchObject({ request: { args: "done" } });
  });

  it("fails when an input has no value or another type", () => {
    expect(runOf({}).node("sub").failure).toMatchObject({ code: "INPUT_MISSING" });
    expect(runOf({ target: 3 }).node("sub").failure).toMatchObject({ code: "INPUT_INVALID" });
    expect(runOf({ target: "x", level: 1.5 }).node("sub").failure).toMatchObject({ code: "INPUT_INVALID" });
    expect(runOf({ target: "${ nothing.there }" }).node("sub").failure?.code).toBe("EXPRESSION_FAILED");
  });

  it("fails when an input does not have the whole of its declared shape, with all mistakes and their places", () => {
    const shape = {
      type: "object",
      properties: { files: { type: "array", items: { type: "string", pattern: "^src/" }, minItems: 1 } },
      required: ["files"],
    };
    const inputs = {
      scope: { schema: shape, required: true },
      kind: { schema: { enum: ["quick", "deep"] }, default: "quick", required: false },
    };
    const failureOf = (given: Call["with"]) => {
      const call: Call = { workflow: "other", inputs, with: given };
      const sub = stepOf("sub", { kind: "chain", chain: chainOf([stepOf("work")]), call });
      return new CoreRun(workflowWith([sub])).node("sub").failure;
    };
    expect(failureOf({ scope: { files: ["src/a"] }, kind: "deep" })).toBeUndefined();
    const failure = failureOf({ scope: { files: ["src/a", "b"] }, kind: "slow" });
    expect(failure).toMatchObject({
      code: "INPUT_INVALID",
      fix: expect.stringContaining("`with:`") as string,
    });
    expect(failure?.message).toMatch(
      /^Cannot call "other" with .* for its input "scope": .*scope\.files\[1\]: /,
    );
    expect(failure?.message).toMatch(/pattern; "slow" for its input "kind": kind: .*\["quick","deep"\]$/);
    expect(failureOf({ scope: {} })?.message).toContain("scope: ");
  });

  it("names the first five of many mistakes with its inputs", () => {
    const names = ["a", "b", "c", "d", "e", "f", "g"];
    const inputs = Object.fromEntries(
      names.map((name) => [name, { schema: { type: "number" }, required: true }]),
    );
    const call: Call = { workflow: "other", inputs, with: { a: true } };
    const sub = stepOf("sub", { kind: "chain", chain: chainOf([stepOf("work")]), call });
    const { failure } = new CoreRun(workflowWith([sub])).node("sub");
    const missing = names.slice(1, 5).map((name) => `its input "${name}" has no value`);
    expect(failure?.message).toMatch(/^Cannot call "other" with true for its input "a": a: /);
    expect(failure?.message).toContain(`"number"; ${missing.join("; ")}; and 2 more`);
  });

  it("does not let its steps see those around it", () => {
    const inside = stepOf("inside", { kind: "function", function: "f", args: "${ scan.output }" });
    const call: Call = { workflow: "other", inputs: {}, with: {} };
    const sub = stepOf("sub", { kind: "chain", chain: chainOf([inside]), call });
    const run = new CoreRun(workflowWith([stepOf("scan"), sub]));
    run.ok("scan", { output: 1 });
    expect(run.node("sub/inside").failure?.code).toBe("EXPRESSION_FAILED");
  });

  it("goes on after a crash with the inputs it had", () => {
    const run = runOf({ target: "${ scan.output }", level: 2 });
    run.crash();
    expect(run.work("sub/work")).toMatchObject({ request: { args: ["lib", 2, null] } });
  });
});
