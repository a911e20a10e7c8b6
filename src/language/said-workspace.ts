import type { z } from "zod";
import { defined } from "./defined.ts";
import type { Workflow } from "./workflow.ts";
import type { installShape, mergeShape, workspaceShape } from "./workspace-shapes.ts";
import type { InstallSetup, MergeRules, TreeSetup, WorkspaceChoice } from "./workspace.ts";

/** What a file says of working trees; what it does not say is absent. */
export interface SaidWorkspace {
  readonly mode?: Exclude<WorkspaceChoice, "auto">;
  readonly trees?: TreeSetup;
  readonly merge?: Partial<MergeRules>;
}

type Leaves<S extends { readonly leaves: Readonly<Record<string, z.ZodType>> }> = {
  readonly [K in keyof S["leaves"]]?: z.output<S["leaves"][K]> | undefined;
};

export interface WrittenWorkspace extends Leaves<typeof workspaceShape> {
  readonly install?: Leaves<typeof installShape> | undefined;
  readonly merge?: Leaves<typeof mergeShape> | undefined;
}

/** The mapping `workspace:`, as a workflow and the settings write it. */
export function saidWorkspace(written: WrittenWorkspace): SaidWorkspace {
  const { mode, install, merge, copy, ports, env, commits } = written;
  const trees = defined({ copy, ports, env, commits, install: install && installOf(install) });
  const rules = defined({ order: merge?.order, by: merge?.by, conflicts: merge?.conflicts });
  return defined({ mode, trees: filled(trees), merge: filled(rules) });
}

function installOf({
  run = "",
  key = [],
  keep = [],
  timeout: timeoutMs,
}: NonNullable<WrittenWorkspace["install"]>): InstallSetup {
  return { line: run, key, keep, ...defined({ timeoutMs }) };
}

function filled<T extends object>(object: T): T | undefined {
  return Object.keys(object).length === 0 ? undefined : object;
}

/** What a workflow says, key by key, before what is said for it elsewhere. */
export function workspaceOver(
  own: Pick<Workflow, "workspace" | "trees" | "merge">,
  { mode, trees, merge }: SaidWorkspace,
): Pick<Workflow, "workspace" | "trees" | "merge"> {
  const env = { ...trees?.env, ...own.trees?.env };
  const both = { ...trees, ...own.trees, ...(filled(env) ? { env } : {}) };
  return {
    workspace: own.workspace === "auto" ? (mode ?? "auto") : own.workspace,
    ...defined({ trees: filled(both), merge: filled({ ...merge, ...own.merge }) }),
  };
}
