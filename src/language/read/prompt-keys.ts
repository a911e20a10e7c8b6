import { isTuttiError } from "../../errors.ts";
import { isObject, type Json } from "../../expression/json.ts";
import { isNamed, type NamedPart } from "../../expression/part-name.ts";
import { compileJsonTemplate } from "../../expression/template.ts";
import { contextWindowShape, referencesShape, summarizeShape } from "../context-shapes.ts";
import { defined } from "../defined.ts";
import { allSteps } from "../checks/names.ts";
import type { BlockDraft, Callee } from "../drafts.ts";
import * as leaf from "../leaves.ts";
import { toolsMayRead } from "../may-read.ts";
import type { AgentAction, ContextWindow } from "../workflow.ts";
import type { ReadStep } from "./action.ts";
import { itemsOf, type Loading, type Located, memberOf, shown } from "./loading.ts";
import { readMemory } from "./memory.ts";
import { missingKey, readLeaf, readObject, type ReadObject } from "./read-object.ts";

export interface PromptKeys {
  readonly action: Pick<AgentAction, "thinking" | "contextWindow" | "readsFiles" | "memory">;
  readonly callees: readonly Callee[];
}

/** Reads what a step says of its prompt besides the text: how long to think of it, and what goes into it. `texts`: its templates. */
export function readPromptKeys(loading: Loading, read: ReadStep, texts: readonly Json[]): PromptKeys {
  const { thinking, effort, tools } = read.leaves;
  if (thinking !== undefined && effort !== undefined) {
    loading.report.add({
      code: "BAD_VALUE",
      message: 'Cannot use "effort" here: the step already has "thinking", which says the same',
      fix: "keep one of the two",
      at: read.spotOf("effort"),
      part: "key",
    });
  }
  const at = read.part("context_window");
  const { window, callees } = readContextWindow(loading, at);
  if (at && window) checkNamed(loading, at, { texts, what: "the prompt" });
  const reads = toolsMayRead(tools);
  if (at && window?.references && !reads) reportUnread(loading, at);
  const memory = readMemory(loading, read.part("memory"));
  return {
    action: {
      ...defined({ thinking, contextWindow: window, memory }),
      ...(reads ? {} : { readsFiles: false }),
    },
    callees,
  };
}

function reportUnread({ report }: Loading, at: Located): void {
  report.add({
    code: "BAD_VALUE",
    message: 'Cannot use "references" here: none of the step\'s tools reads files in .tutti/context',
    fix: "add Read to its `tools`, or Read(.tutti/context/**)",
    at: memberOf(at, "references")?.spot ?? at.spot,
    part: "key",
  });
}

/** Reports names in the window of a workflow that mean nothing in any prompt of it; who calls others cannot tell. */
export function checkUsualNames(loading: Loading, at: Located | undefined, block: BlockDraft): void {
  const steps = [...allSteps(block)];
  if (!at || !isObject(at.value) || steps.some(({ action }) => action.kind === "call")) return;
  const texts = steps.flatMap(({ action }): Json[] => {
    if (action.kind === "agent") return [action.prompt];
    return action.kind === "command" ? [action.params, action.context ?? {}] : [];
  });
  checkNamed(loading, at, { texts, what: "any prompt" });
}

export interface ReadWindow {
  readonly window?: ContextWindow;
  readonly callees: readonly Callee[];
}

/** Reads `context_window:`, in an object or as its budget alone. */
export function readContextWindow(loading: Loading, at: Located | undefined): ReadWindow {
  if (!at) return { callees: [] };
  if (!isObject(at.value)) {
    const schema = leaf.contextBudget;
    const budgetTokens = readLeaf(loading, at, { key: "context_window", schema });
    return { ...(budgetTokens === undefined ? {} : { window: { budgetTokens } }), callees: [] };
  }
  const read = readObject(loading, at, contextWindowShape);
  if (!read) return { callees: [] };
  const { budget: budgetTokens, keep, drop, window, secrets } = read.leaves;
  reportBoth(loading, read);
  const { summarize, callees } = readSummarize(loading, read.part("summarize"));
  const references = readReferences(loading, read.part("references"));
  const off = secrets === false ? { secrets } : {};
  return {
    window: { ...defined({ budgetTokens, keep, drop, window, summarize, references }), ...off },
    callees,
  };
}

function reportBoth({ report }: Loading, read: ReadObject<typeof contextWindowShape>): void {
  const { keep = [], drop = [] } = read.leaves;
  for (const name of drop.filter((one) => keep.includes(one))) {
    report.add({
      code: "BAD_VALUE",
      message: `Cannot drop "${shown(name)}": it is among those to keep`,
      fix: "take it out of one of the two",
      at: read.spotOf("drop"),
    });
  }
}

function readSummarize(
  loading: Loading,
  at: Located | undefined,
): { readonly summarize?: ContextWindow["summarize"]; readonly callees: readonly Callee[] } {
  const read = at && readObject(loading, at, summarizeShape);
  if (!read) return { callees: [] };
  const { over, agent, model } = read.leaves;
  const callees =
    agent === undefined ? [] : [{ kind: "agent", name: agent, spot: read.spotOf("agent") } as const];
  if (!read.has("over")) missingKey(loading, read.whole, { what: "`summarize`", key: "over" });
  return over === undefined
    ? { callees }
    : { summarize: { overTokens: over, ...defined({ agent, model }) }, callees };
}

function readReferences(loading: Loading, at: Located | undefined): ContextWindow["references"] {
  const read = at && readObject(loading, at, referencesShape);
  if (!read) return undefined;
  if (!read.has("over")) missingKey(loading, read.whole, { what: "`references`", key: "over" });
  const { over } = read.leaves;
  return over === undefined ? undefined : { overTokens: over };
}

/** A name of `keep` or `drop` that means nothing in the prompt is a mistake: what it was to hold would go all the same. */
function checkNamed(
  { report }: Loading,
  at: Located,
  { texts, what }: { readonly texts: readonly Json[]; readonly what: string },
): void {
  const parts = partsOf(texts);
  if (!parts) return;
  for (const key of ["keep", "drop"] as const) {
    const list = memberOf(at, key);
    const items = list === undefined ? [] : Array.isArray(list.value) ? itemsOf(list) : [list];
    for (const { value, spot } of items) {
      if (typeof value !== "string" || parts.some((part) => isNamed(value, part))) continue;
      const names = parts.flatMap((part) =>
        part.references.map(({ root, path }) => [root, ...path].join(".")),
      );
      const guess = report.nearest(value, names);
      report.add({
        code: "UNKNOWN_NAME",
        message: `Cannot ${key} "${shown(value)}": nothing in ${what} is called so`,
        fix: guess ? `write "${guess}"` : `its values are: ${[...new Set(names)].join(", ") || "(none)"}`,
        at: spot,
      });
    }
  }
}

/** Undefined for a text that is no template, which is reported elsewhere. */
function partsOf(texts: readonly Json[]): readonly NamedPart[] | undefined {
  try {
    return texts.flatMap((text) => compileJsonTemplate(text).expressions);
  } catch (error) {
    if (isTuttiError(error)) return undefined;
    throw error;
  }
}
