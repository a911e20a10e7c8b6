import { describe, expect, it } from "vitest";
import type { Json } from "../../expression/json.ts";
import { loadObject } from "../load.ts";

function load(undo: Json, step: object = { run: "./a" }) {
  const steps = [
    { name: "scan", run: "x" },
    { name: "a", ...step, undo },
  ];
  return loadObject({ name: "x", inputs: { at: "string" }, env: { E: "1" }, chain: { steps } });
}

function undoOf(undo: Json, step?: object) {
  const { workflow, problems } = load(undo, step);
  expect(problems).toEqual([]);
  return workflow?.chain.steps[1];
}

function problemsOf(undo: Json, step?: object): readonly string[] {
  return load(undo, step).problems.map(
    ({ code, message }) => `${code} ${message.replace(/ \(at .*\)$/, "")}`,
  );
}

describe("undo", () => {
  it("is a shell line, or what to do as a step says it, in the environment of its step", () => {
    expect(
      undoOf("./undo ${{ a.output.id }} ${{ inputs.at }}", { run: "./a", env: { A: "1" } })?.undo,
    ).toMatchObject({
      name: "undo",
      action: { kind: "run", line: "./undo ${{ a.output.id }} ${{ inputs.at }}" },
      env: { A: "1" },
      retry: { max: 3, on: ["transient", "quota"] },
      onInterrupt: "rerun",
    });
    const written = {
      run: "./undo",
      cwd: "native",
      timeout: "5m",
      idle_timeout: 60,
      retry: 2,
      env: { A: "2", B: "${ secrets.KEY } ${ a.output }" },
      on_interrupt: "ask",
    };
    expect(undoOf(written, { run: "./a", env: { A: "1" } })?.undo).toMatchObject({
      action: { kind: "run", line: "./undo", cwd: "native" },
      timeoutMs: 300_000,
      idleMs: 60_000,
      retry: { max: 2 },
      env: { A: "2", B: "${ secrets.KEY } ${ a.output }" },
      onInterrupt: "ask",
    });
    const kinds: readonly Json[] = [
      { command: "/undo", params: "${ a.output }" },
      { agent: "mock", prompt: "undo ${ a.output }" },
      { http: { url: "http://localhost/${ a.output.id }", headers: { K: "${ secrets.KEY }" } } },
      { function: "undo", with: { id: "${ a.output.id }" } },
    ];
    expect(kinds.map((undo) => undoOf(undo)?.undo?.action.kind)).toEqual([
      "command",
      "agent",
      "http",
      "function",
    ]);
  });

  it("makes its step come after the others that it names", () => {
    expect(undoOf("./undo ${{ scan.output }}")?.needs).toMatchObject([
      { step: "scan", because: "reference" },
    ]);
    expect(undoOf("./undo ${{ a.output }}")?.needs).toEqual([]);
  });

  it("is told all its mistakes at once", () => {
    expect(
      problemsOf({ run: "./undo ${{ b.output }}", timeout: "soon", undo: "x", gates: ["y"], cwd: "../x" }),
    ).toEqual([
      expect.stringMatching(/^WRONG_TYPE|^BAD_VALUE .*timeout/),
      expect.stringMatching(/^UNKNOWN_KEY .*"undo": `undo` has no such key/),
      expect.stringMatching(/^UNKNOWN_KEY .*"gates": `undo` has no such key/),
      expect.stringContaining("../x"),
      expect.stringMatching(/^UNKNOWN_NAME .*"b"/),
    ]);
    expect(problemsOf({ timeout: "5m" })).toEqual([
      "MISSING_KEY Cannot use the undo: it does not say what to do",
    ]);
    expect(problemsOf({})).toEqual(["MISSING_KEY Cannot use the undo: it does not say what to do"]);
    expect(problemsOf({ retry: 1, with: {}, args: {} })).toHaveLength(1);
    expect(problemsOf({ wait: "5m" })).toEqual([expect.stringContaining('Cannot read "wait"')]);
    expect(problemsOf(5)).toEqual([expect.stringMatching(/^WRONG_TYPE .*"undo"/)]);
    expect(problemsOf(" ")).toHaveLength(1);
    expect(problemsOf({ run: "x", http: "http://localhost/" })).toEqual([
      expect.stringMatching(/^BAD_VALUE/),
    ]);
    expect(problemsOf({ run: "x", env: { "not-a-name": "1" } })).toHaveLength(1);
    expect(problemsOf("./undo ${{ secrets.KEY }}")).toEqual([expect.stringContaining("secrets.KEY")]);
  });

  it("is for steps that do work", () => {
    expect(problemsOf("./undo", { wait: "5m" })).toEqual([
      expect.stringMatching(/^UNKNOWN_KEY .*"undo" here/),
    ]);
    expect(problemsOf("./undo", { steps: [{ name: "b", run: "x" }] })).toHaveLength(1);
  });

  it("has the agent and the environment of the workflow it was called with", () => {
    const step = { name: "a", run: "./a", undo: { prompt: "undo" } };
    const other = loadObject({ name: "other", agent: "mock", env: { W: "1" }, chain: [step] }).workflow;
    if (!other) throw new Error("it has mistakes");
    const chain = [{ name: "sub", workflow: "./other.yaml" }];
    const { workflow } = loadObject({ name: "x", chain }, { workflows: { "./other.yaml": other } });
    const action = workflow?.chain.steps[0]?.action;
    const inner = action?.kind === "chain" ? action.chain.steps[0] : undefined;
    expect(inner?.undo).toMatchObject({ action: { kind: "agent", agent: "mock" }, env: { W: "1" } });
  });
});
