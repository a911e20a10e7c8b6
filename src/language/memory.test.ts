import { describe, expect, it } from "vitest";
import type { Json } from "../expression/json.ts";
import { loadObject } from "./load.ts";
import type { Step, Workflow } from "./workflow.ts";

function load(steps: Json, rest: Record<string, Json> = {}, workflows: Record<string, Workflow> = {}) {
  return loadObject({ name: "w", chain: { steps }, ...rest }, { workflows });
}

function memories(steps: readonly Step[] = []): unknown[] {
  return steps.map(({ action }) => {
    if (action.kind === "chain") return memories(action.chain.steps);
    return "memory" in action ? action.memory?.name : undefined;
  });
}

const whole = { name: "notes", read: true, write: true, maxBytes: 8000 };
const output = { type: "object" };

describe("memory of a step", () => {
  it("is read and written under its name, unless it says otherwise", () => {
    const of = (memory: Json) => {
      const { workflow, problems } = load([{ prompt: "hi", output, memory }]);
      const action = workflow?.chain.steps[0]?.action;
      return action && "memory" in action ? action.memory : problems;
    };
    expect(of("notes")).toEqual(whole);
    expect(of({ name: "notes" })).toEqual(whole);
    expect(of({ name: "notes", write: false, max: "2KiB" })).toEqual({
      ...whole,
      write: false,
      maxBytes: 2048,
    });
    expect(of({ name: "notes", read: false })).toEqual({ ...whole, read: false });
  });

  it("tells all its mistakes", () => {
    const steps = [
      { prompt: "a", output, memory: "../notes" },
      { command: "/b", output, memory: { name: "notes", read: false, write: false } },
      { prompt: "c", output, memory: { name: "notes", max: "2GB" } },
      { prompt: "d", output, memory: { file: "x" } },
      { prompt: "e", output, memory: { name: "notes", max: 0 } },
      { run: "true", memory: "notes" },
    ];
    const told = load(steps).problems.map(
      ({ code, message }) => `${code} ${message.replace(/ \(at .*\)$/, "")}`,
    );
    expect(told).toEqual([
      'BAD_VALUE Cannot use "../notes" as "memory": it must be a name of letters, digits, _ and -, such as notes, or an object',
      "BAD_VALUE Cannot use the memory: it is neither read nor written",
      'BAD_VALUE Cannot use "2GB" as "max": it must be a size above zero, 1MB at most, such as 8k',
      'UNKNOWN_KEY Cannot read "file": `memory` has no such key',
      'MISSING_KEY Cannot use `memory`: it has no "name"',
      'BAD_VALUE Cannot use "0" as "max": it must be a size above zero, 1MB at most, such as 8k',
      'UNKNOWN_KEY Cannot use "memory" here: it means nothing on a step of this kind (run)',
    ]);
  });

  it("is warned of where nothing checks what the step learned", () => {
    const warned = (step: Record<string, Json>) =>
      load([{ name: "ask", prompt: "hi", ...step }]).problems.map(({ severity, message }) => [
        severity,
        message.replace(/ \(at .*/, ""),
      ]);
    expect(warned({ memory: "notes" })).toEqual([
      [
        "warning",
        'Cannot add to the memory "notes" what "ask" learns: nothing checks the step, and only what is verified is kept',
      ],
    ]);
    expect(warned({ memory: "notes", gates: [{ claim: "done" }] })).toHaveLength(1);
    expect(warned({ memory: "notes", gates: [{ check: "true" }] })).toEqual([]);
    expect(warned({ memory: "notes", output })).toEqual([]);
    expect(warned({ memory: { name: "notes", write: false } })).toEqual([]);
  });
});

describe("memory of a workflow", () => {
  const ask = { name: "ask", prompt: "hi" };
  const asks = [ask, { name: "other", command: "/task", memory: "own" }, { name: "line", run: "true" }];

  it("is that of its steps that ask agents and say nothing of it, however deep", () => {
    const { workflow, problems } = load([...asks, { name: "group", steps: asks }], { memory: "notes" });
    expect(memories(workflow?.chain.steps)).toEqual(["notes", "own", undefined, ["notes", "own", undefined]]);
    expect(workflow).not.toHaveProperty("memory");
    expect(problems).toHaveLength(2);
  });

  it("is none of the workflows that it calls", () => {
    const called = load([ask], { memory: "inner" }).workflow;
    const plain = load([ask]).workflow;
    if (!called || !plain) throw new TypeError("not loaded");
    const { workflow } = load(
      [
        { name: "a", workflow: "./a.yaml" },
        { name: "b", workflow: "./b.yaml" },
      ],
      { memory: "notes" },
      { "./a.yaml": called, "./b.yaml": plain },
    );
    expect(memories(workflow?.chain.steps)).toEqual([["inner"], [undefined]]);
  });
});
