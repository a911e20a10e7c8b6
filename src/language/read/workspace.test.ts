import { describe, expect, it } from "vitest";
import type { KnownNames } from "./loading.ts";
import { loadWorkflow } from "../load.ts";
import type { Workflow } from "../workflow.ts";

const chain = "chain: [{run: make}]";

function load(text: string, known: KnownNames = {}): Workflow | undefined {
  const { workflow, problems } = loadWorkflow(`${text}\n${chain}`, known);
  expect(problems).toEqual([]);
  return workflow;
}

/** Each problem as `line:column message | fix`. */
function problemsOf(text: string, known: KnownNames = {}): readonly string[] {
  return loadWorkflow(text, known).problems.map(
    ({ message, fix, source }) => `${source?.line}:${source?.column} ${message} | ${fix}`,
  );
}

describe("workspace of a workflow", () => {
  it("is decided when a run begins where nothing is said", () => {
    expect(load("")).toMatchObject({ workspace: "auto" });
    expect(load("workspace: {}")).toMatchObject({ workspace: "auto" });
    expect(load("")).not.toHaveProperty("trees");
    expect(load("")).not.toHaveProperty("merge");
  });

  it.each(["none", "shared", "run", "step"])("is %s as a word and as an object", (mode) => {
    expect(load(`workspace: ${mode}`)?.workspace).toBe(mode);
    expect(load(`workspace: {mode: ${mode}}`)?.workspace).toBe(mode);
  });

  it("says how trees are made ready and writers are brought together", () => {
    const text = `workspace:
  mode: run
  copy: .env
  install: {run: npm ci, key: package-lock.json, keep: [node_modules], timeout: 10m}
  ports: 3
  env: {NODE_ENV: test, PORTS: 3}
  commits: branch
  merge: {order: declared, by: merge, conflicts: ours}`;
    expect(load(text)).toMatchObject({
      workspace: "run",
      trees: {
        copy: [".env"],
        install: { line: "npm ci", key: ["package-lock.json"], keep: ["node_modules"], timeoutMs: 600_000 },
        ports: 3,
        env: { NODE_ENV: "test", PORTS: "3" },
        commits: "branch",
      },
      merge: { order: "declared", by: "merge", conflicts: "ours" },
    });
    expect(load("workspace: {install: make deps}")?.trees).toEqual({
      install: { line: "make deps", key: [], keep: [] },
    });
    expect(load("workspace: {merge: {by: merge}}")?.merge).toEqual({ by: "merge" });
  });

  it("lists all its mistakes, each at its place", () => {
    const text = `workspace:
  mode: runs
  copi: .env
  install: {key: a, timeout: soon}
  ports: 0
  env: {TUTTI_X: a, B: "\${ inputs.b }"}
  merge: {order: first, conflicts: 5, why: x}
chain: [{run: make}]`;
    expect(problemsOf(text)).toEqual([
      '2:9 Cannot use "runs" as "mode": it must be none, shared, run or step | write "run"',
      '3:3 Cannot read "copi": `workspace` has no such key | write "copy"',
      '4:3 Cannot use `install`: it has no "run" | add "run:"',
      '4:3 Cannot use `install`: it has no "keep" | add "keep:"',
      expect.stringContaining('Cannot use "soon" as "timeout"') as string,
      '5:10 Cannot use "0" as "ports": it must be a whole number from 1 to 100 | write a whole number from 1 to 100',
      expect.stringContaining('6:9 Cannot set the variable "TUTTI_X"') as string,
      expect.stringContaining('6:24 Cannot use "${ inputs.b }" as a part of "env"') as string,
      expect.stringContaining(
        '7:18 Cannot use "first" as "order": it must be finished or declared',
      ) as string,
      expect.stringContaining('7:36 Cannot use "5" as "conflicts"') as string,
      expect.stringContaining('7:39 Cannot read "why": `merge` has no such key') as string,
    ]);
    expect(problemsOf(`workspace: 5\n${chain}`)).toEqual([
      expect.stringContaining('1:12 Cannot use "5" as "workspace"') as string,
    ]);
    expect(problemsOf(`workspace: {install: 5}\n${chain}`)).toHaveLength(1);
    expect(problemsOf(`workspace: {merge: ours}\n${chain}`)).toHaveLength(1);
    expect(problemsOf(`workspace: {install: {run: make, keep: out}}\n${chain}`)).toEqual([
      '1:13 Cannot use `install`: it has no "key" | add "key:"',
    ]);
  });

  it("has no keys of trees where no tree is made", () => {
    expect(problemsOf(`workspace: {mode: shared, copy: .env, ports: 2}\n${chain}`)).toEqual([
      '1:27 Cannot use "copy" here: with the mode shared no working tree is made | take it out, or write `mode: run`',
    ]);
    expect(problemsOf(`workspace: {mode: none, ports: 2, env: {A: b}}\n${chain}`)).toHaveLength(2);
  });
});

describe("workspace of a step", () => {
  it("stands on work and on steps that hold others", () => {
    const { workflow, problems } = loadWorkflow(
      "chain: [{run: make, workspace: none}, {steps: [{run: a}], workspace: step}]",
    );
    expect(problems).toEqual([]);
    expect(workflow?.chain.steps).toMatchObject([{ workspace: "none" }, { workspace: "step" }]);
    expect(problemsOf("chain: [{wait: 5m, workspace: step}, {run: a, workspace: shared}]")).toHaveLength(2);
  });

  it("needs a workflow that works in trees", () => {
    const steps = "chain: [{name: a, run: a, workspace: step}, {run: b, workspace: none}]";
    expect(problemsOf(`workspace: shared\n${steps}`)).toEqual([
      '2:38 Cannot let the step "a" work in a working tree: the workflow says "workspace: shared" | take it out, or write "workspace: run" in the workflow',
    ]);
    expect(problemsOf(`workspace: run\n${steps}`)).toEqual([]);
    expect(problemsOf(steps)).toEqual([]);
  });

  it("makes the run work in trees where nothing else is said", () => {
    const modeOf = (word: string) =>
      loadWorkflow(`chain: [{repeat: 2, steps: [{run: a, workspace: ${word}}]}]`).workflow?.workspace;
    expect(modeOf("step")).toBe("run");
    expect(modeOf("run")).toBe("run");
    expect(modeOf("none")).toBe("auto");
  });
});

describe("workspace of a called workflow", () => {
  const other = (text: string) => ({ workflows: { o: load(text) ?? "", p: load("workspace: run") ?? "" } });
  const calls = "chain: [{workflow: o}, {workflow: p, mode: child}]";

  it("holds where the calling one does not say it", () => {
    const known = other(
      "workspace: {mode: run, ports: 2, env: {A: a, B: b}, merge: {by: merge, order: declared}}",
    );
    expect(loadWorkflow(calls, known).workflow).toMatchObject({
      workspace: "run",
      trees: { ports: 2, env: { A: "a", B: "b" } },
      merge: { by: "merge", order: "declared" },
    });
    const own = "workspace: {ports: 5, copy: .env, env: {B: c}, merge: {by: rebase}}";
    expect(loadWorkflow(`${own}\n${calls}`, known).workflow).toMatchObject({
      workspace: "run",
      trees: { ports: 5, copy: [".env"], env: { A: "a", B: "c" } },
      merge: { by: "rebase", order: "declared" },
    });
  });

  it("is no other than that of the calling one, or of another called one", () => {
    const known = other("name: o\nworkspace: shared");
    const fix = "let both say the same: a run and all that it calls work in one way";
    expect(problemsOf(`workspace: run\n${calls}`, known)).toEqual([
      `2:20 Cannot call "o" here: it says "workspace: shared", and this workflow says "workspace: run" | ${fix}`,
    ]);
    expect(problemsOf(calls, known)).toEqual([
      `1:35 Cannot call "workflow" here: it says "workspace: run", and "o", which is called as well, says "workspace: shared" | ${fix}`,
    ]);
  });

  it("is no other than a step of the calling one wants", () => {
    const known = other("name: o\nworkspace: shared");
    expect(problemsOf("chain: [{workflow: o}, {name: a, run: x, workspace: step}]", known)).toEqual([
      expect.stringContaining(
        'Cannot call "o" here: it says "workspace: shared", and the step "a" says "workspace: step"',
      ) as string,
    ]);
  });

  it("leaves the trees of a run of its own to that run", () => {
    const known = other("workspace: {ports: 2}");
    const { workflow } = loadWorkflow("chain: [{workflow: o, mode: child}]", known);
    expect(workflow).toMatchObject({ workspace: "auto" });
    expect(workflow).not.toHaveProperty("trees");
  });
});
