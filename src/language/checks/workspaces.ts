import { defined } from "../defined.ts";
import type { BlockDraft, CallDraft, StepDraft } from "../drafts.ts";
import { type SaidWorkspace, workspaceOver } from "../said-workspace.ts";
import type { Workflow } from "../workflow.ts";
import { allSteps } from "./names.ts";
import type { ScopeIndex } from "./scope.ts";

type Draft = ScopeIndex["workflow"];

/** Reports steps and called workflows that want to work elsewhere than the run can let them. */
export function checkWorkspaces({ report, workflow }: ScopeIndex): void {
  const { workspace: mode } = workflow.head;
  for (const step of allSteps(workflow.block)) {
    const { body, workspaceSpot: at } = step;
    if (!at || body.workspace === "none" || (mode !== "none" && mode !== "shared")) continue;
    report.add({
      code: "BAD_VALUE",
      message: `Cannot let the step "${step.name}" work in a working tree: the workflow says "workspace: ${mode}"`,
      fix: 'take it out, or write "workspace: run" in the workflow',
      at,
    });
  }
  checkCalls({ report, workflow });
}

function checkCalls({ report, workflow }: Pick<ScopeIndex, "report" | "workflow">): void {
  const first = sayingMode(workflow);
  for (const { workflow: called, at } of callsIn(workflow.block)) {
    const { name, workspace: mode } = called;
    if (!first || mode === "auto" || mode === first.mode) continue;
    report.add({
      code: "BAD_VALUE",
      message: `Cannot call "${name}" here: it says "workspace: ${mode}", and ${first.who} says "workspace: ${first.said}"`,
      fix: "let both say the same: a run and all that it calls work in one way",
      at,
    });
  }
}

interface Saying {
  readonly who: string;
  readonly said: string;
  readonly mode: NonNullable<SaidWorkspace["mode"]>;
}

/** Who says first where the steps work: the workflow itself, a step that wants a working tree, or a workflow that it calls. */
function sayingMode({ head, block }: Draft): Saying | undefined {
  if (head.workspace !== "auto") return saying("this workflow", head.workspace);
  for (const { name, body } of allSteps(block)) {
    const { workspace: said = "none" } = body;
    if (said !== "none") return { who: `the step "${name}"`, said, mode: "run" };
  }
  for (const { workflow } of callsIn(block)) {
    const { name, workspace: mode } = workflow;
    if (mode !== "auto") return saying(`"${name}", which is called as well,`, mode);
  }
  return undefined;
}

function saying(who: string, mode: Saying["mode"]): Saying {
  return { who, said: mode, mode };
}

function callsIn(block: BlockDraft): readonly CallDraft[] {
  return [...allSteps(block)].flatMap(({ action }: StepDraft) => (action.kind === "call" ? [action] : []));
}

type Said = Pick<Workflow, "workspace" | "trees" | "merge">;

/** Where the steps of a workflow work: as it says itself, else as those say whose steps are its own. */
export function workspaceOfDraft(draft: Draft): Said {
  const mode = sayingMode(draft)?.mode;
  const inline = callsIn(draft.block).filter(({ apart }) => !apart);
  const over = inline.reduce<Said>(
    (own, { workflow: { trees, merge } }) => workspaceOver(own, defined({ trees, merge })),
    draft.head,
  );
  return workspaceOver(over, defined({ mode }));
}
