import { isObject } from "../../expression/json.ts";
import { checkEnvNames } from "../checks/constants.ts";
import { defined } from "../defined.ts";
import type { BlockDraft, Callee, StepDraft, TextUse } from "../drafts.ts";
import { undoShape } from "../shapes.ts";
import type { Step } from "../workflow.ts";
import { readAction, type ReadStep } from "./action.ts";
import type { BlockReader } from "./blocks.ts";
import type { Loading, Located } from "./loading.ts";
import { type ReadObject, readObject, wrongType } from "./read-object.ts";
import { bareBody, madeStep } from "./made-step.ts";
import { readRetry } from "./retry.ts";
import { shellUse, templateUsesIn } from "./texts.ts";

export interface ReadUndo {
  readonly undo?: Step;
  readonly texts: readonly TextUse[];
  readonly callees: readonly Callee[];
}

const nothing: ReadUndo = { texts: [], callees: [] };

/** What an undo can be: a text is a shell line. */
const work = ["command", "run", "prompt", "http", "function", "mcp"] as const;

/** Reads `undo:` of a step, whose own environment the undo has as well. */
export function readUndo(loading: Loading, step: ReadStep, blocks: BlockReader): ReadUndo {
  return readUndoAt(loading, step.part("undo"), { env: step.leaves.env ?? {}, blocks });
}

/** Reads `undo:` of a workflow. */
export function addUndo(
  loading: Loading,
  block: BlockDraft,
  { at, blocks }: { readonly at: Located | undefined; readonly blocks: BlockReader },
): void {
  const { undo, texts, callees } = readUndoAt(loading, at, { env: {}, blocks });
  if (!at || !undo) return;
  const body = { ...bareBody, undo };
  const action = { kind: "gates" } as const;
  block.undoing = madeStep({ name: "", named: false, spot: at.spot, block, action, body, texts, callees });
}

function readUndoAt(loading: Loading, at: Located | undefined, { env, blocks }: Around): ReadUndo {
  if (!at) return nothing;
  if (typeof at.value === "string" && at.value.trim() !== "") {
    const line = at.value;
    return finished({
      undo: { ...bare, action: { kind: "run", line }, env },
      texts: [shellUse({ value: line, spot: at.spot }, "step")],
      callees: [],
    });
  }
  if (!isObject(at.value)) {
    wrongType(loading, { at, what: '"undo"', wanted: "a shell line, or what to do as a step says it" });
    return nothing;
  }
  const read = readObject(loading, at, undoShape);
  return read && saysWhat(loading, at) ? readWritten(loading, read, { env, blocks }) : nothing;
}

const bare: Omit<Step, "action"> = { ...bareBody, name: "undo", needs: [], uses: [] };

interface Around {
  /** Of the step. */
  readonly env: Step["env"];
  readonly blocks: BlockReader;
}

function readWritten(
  loading: Loading,
  read: ReadObject<typeof undoShape>,
  { env, blocks }: Around,
): ReadUndo {
  const { action, texts, callees } = readAction(loading, read, blocks);
  if (!isWork(action)) return nothing;
  const { timeout: timeoutMs, idle_timeout: idleMs, on_interrupt: onInterrupt } = read.leaves;
  const own = read.part("env");
  checkEnvNames(loading.report, own);
  return finished({
    undo: {
      ...bare,
      ...defined({ timeoutMs, idleMs, onInterrupt }),
      action,
      retry: readRetry(loading, read.part("retry")),
      env: { ...env, ...read.leaves.env },
    },
    texts: [...texts, ...(own ? templateUsesIn(own, "private") : [])],
    callees,
  });
}

function isWork(action: StepDraft["action"]): action is Step["action"] & StepDraft["action"] {
  return (["command", "run", "agent", "http", "function", "mcp"] as readonly string[]).includes(action.kind);
}

/** It is filled in when its step has ended, so that it may name it. */
function finished({ texts, ...rest }: ReadUndo): ReadUndo {
  return { ...rest, texts: texts.map((use) => ({ ...use, ended: true as const })) };
}

/** False, and reported, for an undo that does nothing. */
function saysWhat({ report }: Loading, at: Located): boolean {
  const keys = Object.keys(isObject(at.value) ? at.value : {});
  if (keys.some((key) => (work as readonly string[]).includes(key))) return true;
  // keys that do not belong here are reported already
  if (keys.some((key) => !(key in undoShape.leaves) && key !== "retry" && key !== "with" && key !== "args"))
    return false;
  report.add({
    code: "MISSING_KEY",
    message: "Cannot use the undo: it does not say what to do",
    fix: `give it one of ${work.join(", ")}`,
    at: at.spot,
    part: "key",
  });
  return false;
}
