import type { GateCheck } from "../core/gate-check.ts";
import type { Outcome } from "../core/outcome.ts";
import type { WorkspacePolicy } from "../core/workspace.ts";
import type { TaskContext } from "../ports/executor.ts";
import type { Processes } from "../ports/processes.ts";
import type { WorkEffect } from "../ports/performer.ts";
import type { Workspace } from "../ports/workspaces.ts";
import { createMemoryWorkspaces } from "./memory-workspaces.ts";
import { createPerformerBench, effect, run } from "./performer-bench.ts";
import { testPolicy } from "./task-context.ts";

const signal = new AbortController().signal;
const setup = {};
type Files = Map<string, string>;
export type Doing = (files: Files, context: TaskContext) => Outcome | Promise<Outcome>;

/** A performer over trees in memory, in which steps and shell gates do what the test says. */
export async function createTreeBench(
  { processes }: { readonly processes: Processes },
  changed: (tree: Workspace) => Workspace = (tree) => tree,
) {
  const workspaces = createMemoryWorkspaces();
  workspaces.repository.project.set("a", "one\n");
  const { commit: base } = await workspaces.base({ runId: "r1", name: "w", mode: "run", setup }, signal);
  let doing: Doing = () => ({ ok: true });
  const work = async (context: TaskContext): Promise<Outcome> =>
    doing(workspaces.files(context.cwd), context);
  const bench = createPerformerBench(
    { processes, cwd: "/memory/nowhere" },
    {
      workspaces: {
        ...workspaces,
        open: async (request, stop) => changed(await workspaces.open(request, stop)),
      },
      executors: new Map([["run", { kind: "run", execute: (_, context) => work(context) }]]),
      gates: new Map(
        (["shell", "files"] as const).map((kind) => [kind, { kind, check: (_, context) => work(context) }]),
      ),
    },
  );
  const policy = (lane: string, more: Partial<WorkspacePolicy> = {}): WorkspacePolicy => {
    return { mode: "run", place: { runId: "r1", lane }, from: base, ...more };
  };
  const step = (workspace: Partial<WorkspacePolicy> = {}, lane = "", id = "fix#1") => {
    const saving = { begin: base, saves: true, ...workspace } as const;
    return { ...effect(run("x"), { workspace: policy(lane, saving) }), id };
  };
  const gate = (
    check: GateCheck,
    workspace: WorkspacePolicy,
    when: "before" | "after" = "after",
  ): WorkEffect => ({
    type: "gate",
    id: "fix#1!after0",
    address: "fix",
    attempt: 1,
    gate: { when, index: 0, name: "tests", level: "blocking" },
    check,
    subject: { filesBefore: { a: "", "[x]": "" } },
    policy: { ...testPolicy, workspace },
  });
  const does = (what: Doing): void => void (doing = what);
  const open = (lane = ""): Promise<Workspace> =>
    workspaces.open(
      { mode: "run", place: { runId: "r1", lane }, from: base, setup, print: () => {} },
      signal,
    );
  return { ...bench, workspaces, base, policy, step, gate, does, open };
}

export function shell(): GateCheck {
  return { kind: "shell", shell: { line: "x", values: {} } };
}

/** Changes a file. */
export function writing(path: string, text: string): Doing {
  return (files) => {
    files.set(path, text);
    return { ok: true };
  };
}
