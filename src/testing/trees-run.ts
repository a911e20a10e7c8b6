import type { CheckpointRef, WorkspacePolicy } from "../core/workspace.ts";
import type { JsonObject, Json } from "../expression/json.ts";
import type { Step, Workflow } from "../language/workflow.ts";
import { CoreRun } from "./core-run.ts";

/** A run whose steps work in trees that are kept; its first checkpoint is named `base`. */
export function inTrees(workflow: Workflow): CoreRun {
  const place = { runId: "r1", lane: "" };
  return new CoreRun(workflow, { workspace: { mode: "run", place, base: "base" } });
}

/** What an outcome says of the checkpoint that it left. */
export function checkpoint(commit: string, number: number): { readonly checkpoint: CheckpointRef } {
  return { checkpoint: { commit, number } };
}

/** Where the work of this node that is under way is done. */
export function treeOf(run: CoreRun, address: string): Partial<WorkspacePolicy> {
  return run.work(address).policy.workspace ?? {};
}

/** The commits of all tips by lane. */
export function tipsOf({ state }: CoreRun): JsonObject {
  const all = [...(state.trees?.tips ?? [])];
  return Object.fromEntries(all.map(([lane, { commit }]) => [lane, commit]));
}

/** A workflow with its outermost steps changed. */
export function withSteps(workflow: Workflow, change: (step: Step) => Step): Workflow {
  return { ...workflow, chain: { ...workflow.chain, steps: workflow.chain.steps.map(change) } };
}

/** A step that an agent does. */
export function agentStep(name: string, more: JsonObject = {}): Json {
  return { name, agent: "mock", prompt: name, ...more };
}
