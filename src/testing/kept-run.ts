import { fold } from "../core/apply.ts";
import type { Outcome } from "../core/outcome.ts";
import type { RunState } from "../core/state.ts";
import type { WorkspaceMode } from "../core/workspace.ts";
import type { Json } from "../expression/json.ts";
import type { Workflow } from "../language/workflow.ts";
import type { CheckpointKind } from "../ports/workspaces.ts";
import { createMemoryStore } from "../runtimes/memory/store.ts";
import { asStored, beginning, checkLaws, CoreRun, workflowOf } from "./core-run.ts";
import { createMemoryCheckpoints } from "./memory-checkpoints.ts";
import { MemoryRepository } from "./memory-repository.ts";
import { createMemoryWorkspaces } from "./memory-workspaces.ts";

const signal = new AbortController().signal;
const place = { runId: "r1", lane: "" };

/** A run of the core in a tree in memory: the test does the work of the steps. */
export async function keptRun(workflow: Workflow, mode: WorkspaceMode = "run") {
  const repository = new MemoryRepository();
  repository.project.set("readme", "hello");
  const workspaces = createMemoryWorkspaces(repository);
  const setup = {};
  const { commit: base } = await workspaces.base({ runId: "r1", name: "test", mode, setup }, signal);
  const tree = await workspaces.open({ mode, place, from: base, setup, print: () => {} }, signal);
  const run = new CoreRun(workflow, { workspace: { mode, place, base } });
  const files = workspaces.files(tree.cwd);
  let now = beginning;
  const clock = { now: () => (now += 1), at: () => () => {} };
  const store = createMemoryStore({ clock }).runs;
  const processes = { killMarked: async () => ({ found: 0, survivors: [] }) };
  const checkpoints = createMemoryCheckpoints(repository);

  async function save(node: string, kind: CheckpointKind): Promise<Partial<Outcome>> {
    const { commit, number, files: changedFiles } = await tree.save({ kind, what: "", node }, signal);
    return { checkpoint: { commit, number }, changedFiles };
  }
  /** Puts the tree to where the step begins. */
  async function begun(address: string): Promise<void> {
    const { id: effectId, policy } = run.work(address);
    const from = policy.workspace?.begin;
    const work = { effectId, ...(from === undefined ? {} : { from }) };
    (await tree.begin(work, signal)).release();
  }

  return {
    run,
    files,
    /** What verbs need of the outside; the rest is not there. */
    parts: { store, clock, workspaces, checkpoints, processes, keepsFiles: false },
    repository,
    save,
    /** The step does its work: it writes a file of its name. */
    ok: async (address: string, text = address): Promise<void> => {
      await begun(address);
      files.set(address, text);
      run.ok(address, { ...(await save(address, "WORKFLOW-STEP")), stdout: text });
    },
    /** It writes that file, too, and fails. */
    fail: async (address: string): Promise<void> => {
      await begun(address);
      files.set(address, "half");
      run.fail(address, {}, await save(address, "WORKFLOW-RECOVERY"));
    },
    /** Nobody drives it any more. */
    leave: async (): Promise<void> => {
      const rows = await store.list();
      const row = { runId: "r1", name: "test", createdAt: 0, origin: "-", source: "" };
      const log = rows.length > 0 ? await store.open("r1") : await store.create(row, []);
      await log.append(asStored(run.events.slice(log.events.length)), { release: true });
    },
    state: async (): Promise<RunState> => {
      const events = await store.read("r1");
      const state = fold(events);
      if (!state) throw new Error("no log");
      checkLaws(state, events);
      return state;
    },
    /** What it does when it goes on. */
    resumed: async (): Promise<CoreRun> => {
      run.events.splice(0, Infinity, ...(await store.read("r1")));
      run.crash();
      run.give({ type: "resume" });
      return run;
    },
  };
}

/** Steps that run these lines, one after another. */
export function chainOfLines(...lines: readonly string[]): Workflow {
  return workflowOf({ name: "test", chain: lines.map((run): Json => ({ name: run, run })) });
}

/** A completed run of the steps `a`, `b` and `c`, each of which has written a file of its name. */
export async function threeDone(mode: WorkspaceMode = "run") {
  const kept = await keptRun(chainOfLines("a", "b", "c"), mode);
  for (const name of ["a", "b", "c"]) await kept.ok(name);
  await kept.leave();
  return kept;
}
