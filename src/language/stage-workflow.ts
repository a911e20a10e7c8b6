import { isTuttiError } from "../errors.ts";
import { compileExpression, type Reference } from "../expression/expression.ts";
import type { Json, JsonObject } from "../expression/json.ts";
import { compileShellTemplate } from "../expression/shell-template.ts";
import { compileTemplate } from "../expression/template.ts";
import { allSteps, freeName } from "./checks/names.ts";
import { isItem, visibleStep } from "./checks/scope.ts";
import { batchNames, type BlockDraft, type StepDraft, type TextUse, type WorkflowDraft } from "./drafts.ts";
import type { StageWork } from "./pipeline.ts";
import type { Chain, InputSpec, Step, Workflow } from "./workflow.ts";

/** What the steps of a stage read of what is around their pipeline. */
export interface Outside {
  /** Names of the workflow's inputs. */
  readonly inputs: ReadonlySet<string>;
  /** Steps and items by name, with the fields that are asked of each; no field: all of it. */
  readonly names: ReadonlyMap<string, ReadonlySet<string>>;
}

type StageSteps = Pick<Extract<StageWork, { readonly kind: "workflow" }>, "workflow" | "with">;

interface Finished {
  /** Name of the stage. */
  readonly name: string;
  readonly block: BlockDraft;
  readonly chain: Chain;
}

const anything: InputSpec = { schema: {}, required: false };

/** The steps of a stage as a workflow of their own, and what it is given beside the records. */
export function stageWorkflow(
  draft: WorkflowDraft,
  pipeline: StepDraft,
  { name, block, chain }: Finished,
): StageSteps {
  const { trees: _, merge: __, description: ___, ...head } = draft.head;
  const outside = outsideOf(draft, pipeline, block);
  const given: Record<string, Json> = {};
  for (const input of outside.inputs) given[input] = `\${ inputs.${input} }`;
  const names: Record<string, string> = { record: "record", batch: "batch" };
  for (const [called, fields] of outside.names) {
    const input = freeName(called, new Set([...batchNames, ...Object.keys(given)]));
    given[input] = fieldsOf(called, fields);
    names[called] = input;
  }
  const workflow: Workflow = {
    ...head,
    name: `${head.name}/${name}`,
    workspace: "none",
    inputs: {
      batch: { schema: { type: "array" }, required: true },
      record: anything,
      ...Object.fromEntries(Object.keys(given).map((input) => [input, anything])),
    },
    names,
    env: draft.env,
    limits: draft.limits,
    resources: resourcesOf(draft, chain),
    chain: { ...chain, steps: chain.steps.map(lastGiven), ...givesOf(chain) },
  };
  return { workflow, with: given satisfies JsonObject };
}

function givesOf({ steps: [first] }: Chain): Pick<Chain, "gives"> {
  return first ? { gives: first.name } : {};
}

/** Nested steps one after another give what the last of them gives, where they do not say it. */
function lastGiven(step: Step): Step {
  const { action } = step;
  if (action.kind !== "chain" || action.call || action.swarm || action.join) return step;
  const last = action.chain.steps.at(-1);
  if (action.chain.gives !== undefined || action.chain.parallelAlways || !last) return step;
  return { ...step, action: { ...action, chain: { ...action.chain, gives: last.name } } };
}

function fieldsOf(name: string, fields: ReadonlySet<string>): Json {
  const written = /^[A-Za-z_]\w*$/.test(name) ? name : `steps[${JSON.stringify(name)}]`;
  if (fields.size === 0) return `\${ ${written} }`;
  return Object.fromEntries([...fields].map((field) => [field, `\${ ${written}.${field} }`]));
}

/** Those that its own steps need, such as the agents of a swarm that may be at work at once. */
function resourcesOf({ resources }: WorkflowDraft, chain: Chain): Readonly<Record<string, number>> {
  const text = JSON.stringify(chain);
  return Object.fromEntries([...resources].filter(([name]) => text.includes(JSON.stringify(name))));
}

/** What the texts of these steps, and the environment that all steps have, name outside of the stage. */
export function outsideOf(draft: WorkflowDraft, pipeline: StepDraft, block: BlockDraft): Outside {
  const found: Found = { draft, pipeline, inputs: new Set(), names: new Map() };
  for (const use of draft.envTexts) {
    for (const reference of referencesIn(use)) if (reference.root === "inputs") addInput(found, reference);
  }
  for (const step of allSteps(block)) {
    for (const use of step.texts)
      for (const reference of referencesIn(use)) addReference(found, { use, reference, from: step });
  }
  return found;
}

/** Whether any of the steps asks for the records of its batch. */
export function namesBatch(block: BlockDraft): boolean {
  return [...allSteps(block)].some((from) =>
    from.texts.some((use) => referencesIn(use).some(({ root }) => batchNames.includes(root))),
  );
}

interface Found {
  readonly draft: WorkflowDraft;
  readonly pipeline: StepDraft;
  readonly inputs: Set<string>;
  readonly names: Map<string, Set<string>>;
}

interface At {
  readonly use: TextUse;
  readonly reference: Reference;
  readonly from: StepDraft;
}

function addReference(found: Found, { use, reference, from }: At): void {
  if (reference.root === "inputs") return addInput(found, reference);
  const [name, path] = namedBy(reference);
  if (name === undefined || isInside(found.pipeline, from, name) || use.names?.includes(name)) return;
  const { pipeline } = found;
  if (!visibleStep(pipeline, name) && !isItem({ from: pipeline, use: { ...use, where: "step" } }, name))
    return;
  addField(found, name, visibleStep(pipeline, name) ? path[0] : undefined);
}

/** `scan.output` and `steps["scan"].output` name the same. */
function namedBy({ root, path }: Reference): readonly [string | undefined, readonly string[]] {
  return root === "steps" ? [path[0], path.slice(1)] : [root, path];
}

/** True when the name is one of the stage's own: of its steps, of their items, of the records. */
function isInside(pipeline: StepDraft, from: StepDraft, name: string): boolean {
  for (let block: BlockDraft | undefined = from.block; block; block = block.owner?.block) {
    if (block.byName.has(name)) return true;
    const { owner } = block;
    if (owner === pipeline) return batchNames.includes(name);
    if (owner?.action.kind === "each" && owner.action.as === name) return true;
  }
  return false;
}

function addInput({ draft, inputs }: Found, { path: [name] }: Reference): void {
  for (const one of name === undefined ? draft.inputs.keys() : [name]) inputs.add(one);
}

/** Once all of it is asked for, its fields are. */
function addField({ names }: Found, name: string, field: string | undefined): void {
  const known = names.get(name);
  if (field === undefined) names.set(name, new Set());
  else if (!known) names.set(name, new Set([field]));
  else if (known.size > 0) known.add(field);
}

/** None of a text that cannot be compiled, which is told by itself. */
function referencesIn(use: TextUse): readonly Reference[] {
  try {
    return compiledReferences(use);
  } catch (error) {
    if (isTuttiError(error)) return [];
    throw error;
  }
}

function compiledReferences({ language, text }: TextUse): readonly Reference[] {
  switch (language) {
    case "expression":
      return compileExpression(text).references;
    case "shell":
      return compileShellTemplate(text).references;
    case "template":
      return compileTemplate(text).references;
  }
}
