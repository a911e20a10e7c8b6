import { describe, expect, it } from "vitest";
import { TuttiError } from "../errors.ts";
import type { WorkEffect } from "../ports/performer.ts";
import type { Workspace } from "../ports/workspaces.ts";
import { createProcesses } from "../processes/supervisor.ts";
import { createPerformerBench } from "../testing/performer-bench.ts";
import { createTreeBench, shell, writing } from "../testing/tree-bench.ts";

const createBench = (changed?: (tree: Workspace) => Workspace) =>
  createTreeBench({ processes: createProcesses() }, changed);

describe("a step in a working tree", () => {
  it("works in the folder and the environment of its tree, and leaves a checkpoint", async () => {
    const { perform, step, does, workspaces } = await createBench();
    let place: string | undefined;
    does((files, { cwd, env }) => {
      place = `${cwd} ${env["BASE"]}`;
      files.set("b", "new\n");
      return { ok: true, changedFiles: ["other"], usage: { costUsd: 2, inputTokens: 1, outputTokens: 1 } };
    });
    const outcome = await perform(step());
    expect(place).toBe("/memory/r1/run base");
    expect(outcome).toMatchObject({ ok: true, checkpoint: { number: 1 }, changedFiles: ["b"] });
    const commit = workspaces.repository.commit(outcome.checkpoint?.commit ?? "");
    expect(commit.note).toEqual({
      kind: "WORKFLOW-STEP",
      what: "completed",
      node: "fix",
      attempt: 1,
      costUsd: 2,
    });
    expect(commit.files.get("b")).toBe("new\n");
  });

  it("tells which files it changed that it did not say it writes", async () => {
    const { perform, step, does } = await createBench();
    does((files) => {
      files.set("src/a", "").set("src/b", "").set("c", "");
      return { ok: true };
    });
    expect((await perform(step({ writes: ["src/*"] }))).undeclared).toEqual(["c"]);
    expect((await perform(step({ writes: ["**"] }))).undeclared).toBeUndefined();
  });

  it("begins where it has to, whatever an attempt before left that failed", async () => {
    const { perform, step, does, workspaces } = await createBench();
    does((files) => {
      files.set("a", "broken\n");
      return { ok: false, failure: { code: "COMMAND_FAILED", message: "no", class: "failure" } };
    });
    const first = await perform(step());
    expect(first).toMatchObject({ ok: false, changedFiles: ["a"], checkpoint: { number: 1 } });
    expect(workspaces.repository.commit(first.checkpoint?.commit ?? "").note).toMatchObject({
      kind: "WORKFLOW-RECOVERY",
      what: "attempt 1 failed",
    });
    does((files) => ({ ok: true, output: files.get("a") ?? null }));
    expect((await perform(step({}, "", "fix#2"))).output).toBe("one\n");
  });

  it("keeps what it left when the one who did it broke", async () => {
    const { perform, step, does } = await createBench();
    does((files) => {
      files.set("a", "half\n");
      throw new TypeError("oops");
    });
    expect(await perform(step())).toMatchObject({ failure: { code: "INTERNAL" }, changedFiles: ["a"] });
  });

  it("leaves no checkpoint when it is stopped; the next attempt finds the tree put back, and says so", async () => {
    const { perform, step, does, printed, workspaces } = await createBench();
    const stopper = new AbortController();
    does((files, context) => {
      files.set("a", "half\n");
      stopper.abort(new Error("enough"));
      context.signal.throwIfAborted();
      return { ok: true };
    });
    await expect(perform(step(), { signal: stopper.signal })).rejects.toThrow("enough");
    expect(workspaces.repository.commits.size).toBe(1);
    does((files) => ({ ok: true, output: files.get("a") ?? null }));
    const outcome = await perform(step());
    expect(outcome).toMatchObject({ output: "one\n", details: { found: { files: 1, kept: false } } });
    expect(printed.join()).toMatch(/a file that work left here which was cut off: put back \(checkpoint /);
  });

  it("finds what people changed meanwhile, and says so", async () => {
    const { perform, step, does, open, workspaces } = await createBench();
    workspaces.files((await open()).cwd).set("a", "by hand\n");
    does((files) => ({ ok: true, output: files.get("a") ?? null }));
    const outcome = await perform(step());
    expect(outcome).toMatchObject({ output: "by hand\n", details: { found: { files: 1, kept: true } } });
    expect(outcome.found).toMatchObject({ number: 1 });
  });

  it("fails when what it left cannot be kept, and tells so when it failed anyway", async () => {
    const full = new TuttiError("STORE_FULL", "Cannot save", { fix: "free space" });
    const { perform, step, does } = await createBench((tree) => ({
      ...tree,
      save: () => Promise.reject(full),
    }));
    does(() => ({ ok: true, output: "done" }));
    expect(await perform(step())).toMatchObject({
      ok: false,
      output: "done",
      failure: { code: "STORE_FULL" },
    });
    does(() => ({ ok: false, failure: { code: "COMMAND_FAILED", message: "no", class: "failure" } }));
    expect(await perform(step())).toMatchObject({
      failure: { code: "COMMAND_FAILED" },
      details: { unsaved: "Cannot save" },
    });
  });

  it("fails before anything is asked when its tree cannot be opened, and tells what making it ready printed", async () => {
    const { perform, step, stages, does } = await createBench(() => {
      throw new TuttiError("WORKSPACE_NOT_READY", "Cannot make the tree ready", { fix: "look" });
    });
    let done = false;
    does(() => ({ ok: (done = true) }));
    expect(await perform(step())).toMatchObject({
      ok: false,
      asked: false,
      failure: { code: "WORKSPACE_NOT_READY" },
    });
    expect(done).toBe(false);
    expect(stages).toEqual([{ stage: "workspace", ok: false, durationMs: 0 }]);
  });

  it("fails where nothing makes trees", async () => {
    const { step } = await createBench();
    const { perform } = createPerformerBench({ processes: createProcesses(), cwd: "/" });
    expect((await perform(step())).failure?.code).toBe("UNSUPPORTED");
  });

  it("takes its result from the cache only when it changed no file", async () => {
    const { perform, step, does } = await createBench();
    const cached = (id: string): WorkEffect => {
      const one = step({}, "", id);
      return { ...one, policy: { ...one.policy, cacheMs: 1000 } };
    };
    let count = 0;
    does((files) => {
      count += 1;
      if (count === 1) files.set("b", "new\n");
      return { ok: true, output: count };
    });
    expect(await perform(cached("fix#1"))).toMatchObject({ output: 1, changedFiles: ["b"] });
    expect(await perform(cached("fix#2"))).toMatchObject({ output: 2, changedFiles: [] });
    const third = await perform(cached("fix#3"));
    expect(third).toMatchObject({ output: 2, cached: true });
    expect(third.checkpoint).toBeUndefined();
  });
});

describe("a gate in a working tree", () => {
  it("keeps what a program left that held", async () => {
    const { perform, gate, policy, does, workspaces } = await createBench();
    does(writing("report", "fine\n"));
    const outcome = await perform(gate(shell(), policy("")));
    expect(outcome).toMatchObject({ ok: true, checkpoint: { number: 1 } });
    expect(workspaces.repository.commit(outcome.checkpoint?.commit ?? "").note).toMatchObject({
      kind: "WORKFLOW-QUALITY",
      what: "tests passed",
      gates: ["tests"],
    });
  });

  it("does not let a step build on what a program left that said no", async () => {
    const { perform, gate, step, policy, does } = await createBench();
    does((files) => {
      files.set("report", "bad\n");
      return { ok: false };
    });
    expect((await perform(gate(shell(), policy("")))).checkpoint).toBeUndefined();
    does((files) => ({ ok: true, output: [...files.keys()] }));
    expect((await perform(step())).output).toEqual(["a"]);
  });

  it("leaves what a program made before the first attempt to the step", async () => {
    const { perform, gate, step, policy, does } = await createBench();
    does(writing("made", "1\n"));
    expect((await perform(gate(shell(), policy(""), "before"))).checkpoint).toBeUndefined();
    does((files) => ({ ok: true, output: [...files.keys()] }));
    expect((await perform(step())).output).toEqual(["a", "made"]);
  });

  async function forbidden(mode: "run" | "shared") {
    const { perform, gate, step, policy, does, base, workspaces } = await createBench();
    does((files) => {
      files.set("a", "changed\n").set("[x]", "made\n").set("x", "other\n");
      return { ok: true };
    });
    const where = { mode, place: { runId: "r1", lane: mode } };
    await perform(step(where));
    does(() => ({ ok: false, evidence: { summary: "1 file forbidden", forbidden: ["a"] } }));
    const outcome = await perform(gate({ kind: "files" }, policy("", { undoTo: base, ...where })));
    const { commit = "" } = outcome.checkpoint ?? {};
    return { outcome, commit, files: [...workspaces.repository.commit(commit).files] };
  }

  it("undoes at once what changed a forbidden file", async () => {
    const { outcome, commit, files } = await forbidden("run");
    expect(outcome.evidence).toEqual({
      summary: "1 file forbidden; what it changed was undone",
      forbidden: ["a"],
      undone: commit,
    });
    expect(files).toEqual([["a", "one\n"]]);
  });

  it("undoes in the project's own folder only what the step did", async () => {
    const { files } = await forbidden("shared");
    expect(files).toEqual([
      ["a", "one\n"],
      ["x", "other\n"],
    ]);
  });
});
