import { describe, expect, it } from "vitest";
import type { JsonObject } from "../expression/json.ts";
import { loadObject } from "../language/load.ts";
import type { Workflow } from "../language/workflow.ts";
import { CoreRun } from "../testing/core-run.ts";
import { a, b, undoChain, z } from "../testing/undoing.ts";
import { listNotUndone } from "./undo.ts";

const whole: JsonObject = { undo: "./undo-all ${{ a.output }} ${{ inputs.at }}" };

function loaded(value: JsonObject, workflows: Readonly<Record<string, Workflow>> = {}): Workflow {
  const { workflow, problems } = loadObject(value, { workflows });
  if (!workflow) throw new Error(problems.map(({ message }) => message).join("\n"));
  return workflow;
}

const inputs = { at: { type: "string", default: "home" } };
const called = loaded({ name: "called", inputs, chain: [a, b], ...whole });

function calling(...steps: readonly JsonObject[]): CoreRun {
  const first: JsonObject = { name: "c", workflow: "./called.yaml", with: { at: "there" } };
  return new CoreRun(loaded({ name: "x", chain: [first, ...steps] }, { "./called.yaml": called }));
}

/** What is undone, in order. */
function undone(run: CoreRun): readonly string[] {
  const order: string[] = [];
  while (run.status === "compensating") {
    const address = run.owed[0]?.replace("perform ", "") ?? "";
    order.push(address);
    run.ok(address);
  }
  return order;
}

describe("the undo of a workflow", () => {
  it("comes after those of its steps when its run fails, or is cancelled with the word to undo", () => {
    for (const cancelled of [true, false]) {
      const run = new CoreRun(undoChain([a, b, z], { inputs, ...whole }), { inputs: { at: "home" } });
      run.ok("a", { output: "made" });
      run.ok("b");
      if (cancelled) run.give({ type: "cancel", undo: true });
      run.fail("z", cancelled ? { class: "cancelled" } : {});
      run.ok("b~undo");
      run.ok("a~undo");
      const { request } = run.work("~undo") as { request?: { shell: { values: JsonObject } } };
      expect(Object.values(request?.shell.values ?? {})).toEqual(["made", "home"]);
      run.fail("~undo");
      expect(run.status).toBe(cancelled ? "cancelled" : "failed");
      expect(run.state.reason).toContain("not undone: the workflow");
      expect(listNotUndone(run.state)).toEqual(["the workflow"]);
    }
  });

  it("comes after what an earlier life did on a way that had failed", () => {
    const cases = { near: { when: "true", steps: [a, z] }, far: { when: "true", steps: [b] } };
    const switched = { name: "s", switch: { on_failure: "next", cases } };
    const steps = [switched, { name: "p", prompt: "hi" }, { name: "last", run: "./last" }];
    const run = new CoreRun(loaded({ name: "x", limits: { agents: 0 }, chain: steps, undo: "./undo-all" }));
    run.ok("s/near/a");
    run.fail("s/near/z");
    run.ok("s/far/b");
    expect(run.status).toBe("failed");
    run.give({ type: "restart", overrides: { limits: { agents: 1 } } });
    run.ok("p");
    run.fail("last");
    expect(undone(run)).toEqual(["s/far/b~undo", "s/near/a~undo", "~undo"]);
  });

  it("comes when nothing in it ended well, and not when nothing in it was begun", () => {
    const run = new CoreRun(undoChain([z], { undo: "./undo-all" }));
    run.fail("z");
    expect(undone(run)).toEqual(["~undo"]);
    const stopped = calling();
    stopped.give({ type: "cancel", undo: true });
    stopped.fail("c/a", { class: "cancelled" });
    expect(undone(stopped)).toEqual(["c~undo"]);
  });

  it("has all done again that the workflow did, when the run goes on", () => {
    const run = new CoreRun(undoChain([{ name: "free", run: "./free" }, z], { undo: "./undo-all" }));
    run.ok("free");
    run.fail("z");
    run.ok("~undo");
    run.give({ type: "restart" });
    expect(run.owed).toEqual(["perform free"]);
  });

  it("stands for those of its steps when it ended well, with the inputs that it was given", () => {
    const run = calling({ name: "d", run: "./d", undo: "./undo-d" }, z);
    run.ok("c/a", { output: "made" });
    run.ok("c/b");
    run.ok("d");
    run.fail("z");
    run.ok("d~undo");
    const { request } = run.work("c~undo") as { request?: { shell: { values: JsonObject } } };
    expect(Object.values(request?.shell.values ?? {})).toEqual(["made", "there"]);
    expect(undone(run)).toEqual(["c~undo"]);
    run.give({ type: "restart" });
    expect(run.owed).toEqual(["perform c/a"]);
  });

  it("comes after those of its steps when it came to a bad end inside another, and after what ended meanwhile", () => {
    const run = calling({ name: "never", run: "./n" });
    run.now += 10;
    run.ok("c/a");
    run.fail("c/b");
    expect(undone(run)).toEqual(["c/a~undo", "c~undo"]);
  });

  it("comes after what ended since it began, when nothing in it ended well", () => {
    const c: JsonObject = { name: "c", workflow: "./called.yaml", with: { at: "there" } };
    const steps = [
      { ...a, name: "before" },
      { ...c, depends_on: ["before"] },
      { ...b, name: "beside", depends_on: ["before"] },
    ];
    const chain = { parallel_where_possible: true, steps };
    const run = new CoreRun(
      loaded({ name: "x", limits: { parallel: 4 }, chain }, { "./called.yaml": called }),
    );
    run.ok("before");
    run.now += 10;
    run.fail("c/a");
    run.ok("beside");
    expect(undone(run)).toEqual(["beside~undo", "c~undo", "before~undo"]);
  });

  it("goes on where it was after a crash at any event", () => {
    const made = (): CoreRun => new CoreRun(undoChain([a, b, z], { undo: "./undo-all" }));
    const run = made();
    run.ok("a");
    run.ok("b");
    run.fail("z");
    expect(undone(run)).toEqual(["b~undo", "a~undo", "~undo"]);
    for (let keep = 1; keep < run.events.length; keep += 1) {
      const other = made();
      other.events.splice(0, other.events.length, ...run.events);
      other.crash(keep);
      while (other.owed.length > 0) {
        const address = other.owed[0]?.replace("perform ", "") ?? "";
        if (address === "z") other.fail(address);
        else other.ok(address);
      }
      expect([keep, other.status, listNotUndone(other.state)]).toEqual([keep, "failed", []]);
    }
  });

  it("is all that a run does that is recalled after it ended well", () => {
    const run = new CoreRun(undoChain([a, b], { undo: "./undo-all" }));
    run.ok("a");
    run.ok("b");
    expect([run.status, run.state.undoable.size]).toEqual(["completed", 1]);
    run.give({ type: "recall" });
    expect(undone(run)).toEqual(["~undo"]);
    expect(run.status).toBe("cancelled");
  });
});

describe("a workflow with an undo", () => {
  it("is one whose names are checked, and whose agents and functions have to be there", () => {
    const codes = (undo: JsonObject | string): readonly string[] =>
      loadObject({ name: "x", chain: [a], undo }, { functions: ["f"], agents: ["mock"] }).problems.map(
        ({ code }) => code,
      );
    expect(codes("./undo ${{ nobody.output }}")).toEqual(["UNKNOWN_NAME"]);
    expect(codes({ function: "g" })).toEqual(["UNKNOWN_FUNCTION"]);
    expect(codes({ retry: 1 })).toEqual(["MISSING_KEY"]);
    expect(codes({ function: "f", retry: 1, env: { K: "${ a.output }" } })).toEqual([]);
  });

  it("says so beside its chain, and a nested chain is no workflow", () => {
    const { problems } = loadObject({ name: "x", chain: { steps: [a], undo: "./u" } });
    expect(problems.map(({ code, fix }) => [code, fix])).toEqual([
      ["NOT_SUPPORTED", "give each step its own `undo:`, or write it beside `chain:` for the whole workflow"],
    ]);
  });

  it("takes its agent with it when another calls it", () => {
    const inner = loaded({
      name: "i",
      agent: "b",
      env: { K: "v" },
      chain: [a],
      undo: { prompt: "undo it", agent: "b" },
    });
    const outer = loaded({ name: "o", chain: [{ name: "c", workflow: "./i.yaml" }] }, { "./i.yaml": inner });
    const [{ action } = {}] = outer.chain.steps;
    expect(action?.kind === "chain" && action.chain.undo?.env).toEqual({ K: "v" });
  });
});
