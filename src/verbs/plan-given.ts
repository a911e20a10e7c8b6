import { itemCountOf } from "../core/plan-times.ts";
import { isTuttiError } from "../errors.ts";
import { compileExpression, type Scope } from "../expression/expression.ts";
import type { Json, JsonObject } from "../expression/json.ts";
import { compileJsonTemplate } from "../expression/template.ts";
import type { Action, BranchAction, Chain, EachAction, Step, Workflow } from "../language/workflow.ts";
import { chainsOf } from "./placed-steps.ts";

/** What the inputs of a run decide before it begins. */
export interface Given {
  /** Addresses of what is not done: steps, ways (`a/else`), the items of an empty list (`a[]`). */
  readonly skipped: ReadonlySet<string>;
  /** How many items there are, by the address of the list. */
  readonly counts: Readonly<Record<string, number>>;
}

interface Found extends Given {
  readonly skipped: Set<string>;
  readonly counts: Record<string, number>;
  readonly inputs: JsonObject;
}

/** Without inputs nothing is decided; what depends on anything else is not decided either. */
export function givenBy({ chain }: Workflow, inputs: JsonObject | undefined): Given {
  const found = { skipped: new Set<string>(), counts: {}, inputs: inputs ?? {} };
  if (inputs) look(chain, { prefix: "", found });
  return found;
}

/** True for an address that is skipped, or lies in what is. */
export function isSkipped({ skipped }: Given, address: string): boolean {
  if (skipped.size === 0) return false;
  if (skipped.has(address)) return true;
  return [...address.matchAll(/\[\]|#|\//g)].some(
    ({ index, 0: mark }) =>
      skipped.has(address.slice(0, index)) || (mark !== "/" && skipped.has(address.slice(0, index) + mark)),
  );
}

interface At {
  readonly prefix: string;
  readonly found: Found;
}

function look(chain: Chain, { prefix, found }: At): void {
  for (const step of chain.steps) lookAt(step, { address: prefix + step.name, found });
}

function lookAt(
  { when, action }: Step,
  { address, found }: { readonly address: string; readonly found: Found },
) {
  if (when !== undefined && valueOf(when, found.inputs) === false) {
    found.skipped.add(address);
    return;
  }
  if (action.kind === "branch") lookAtWays(action, { address, found });
  if (action.kind === "each") countItems(action, { address, found });
  // a called workflow has inputs of its own
  if (isCall(action)) return;
  for (const { part, chain } of chainsOf(action)) {
    if (!found.skipped.has(address + part)) look(chain, { prefix: `${address}${part}/`, found });
  }
}

function isCall(action: Action): boolean {
  return action.kind === "chain" && action.call !== undefined;
}

interface Where {
  readonly address: string;
  readonly found: Found;
}

/** The first way that holds may not be the one that is taken, or not the last. */
function mayTakeOther({ adaptive, balance, onFailure }: Omit<BranchAction, "ways">): boolean {
  return adaptive === true || balance === true || onFailure !== undefined;
}

/** The first way that holds is taken; where another may be in its place, or after it, any that holds. */
function lookAtWays({ ways, ...marks }: BranchAction, { address, found }: Where): void {
  let taken = false;
  for (const { name, when } of ways) {
    const holds = when === undefined ? undefined : valueOf(when, found.inputs);
    if (taken || holds === false) found.skipped.add(`${address}/${name}`);
    taken ||= holds === true && !mayTakeOther(marks);
  }
}

function countItems(action: EachAction, { address, found }: Where): void {
  const count = itemCountOf(action) ?? listLength(action, found.inputs);
  if (count === undefined) return;
  found.counts[address] = count;
  if (count === 0) found.skipped.add(`${address}[]`);
}

function listLength({ items }: EachAction, inputs: JsonObject): number | undefined {
  const list = knownValue(compileJsonTemplate(items), inputs, (template, scope) => template.render(scope));
  return Array.isArray(list) ? list.length : undefined;
}

function valueOf(source: string, inputs: JsonObject): Json | undefined {
  return knownValue(compileExpression(source), inputs, (expression, scope) => expression.evaluate(scope));
}

/** The value of what names nothing but inputs; undefined where it cannot be known, or fails when it runs. */
export function knownValue<T extends { readonly references: readonly { readonly root: string }[] }>(
  compiled: T,
  inputs: JsonObject,
  evaluate: (compiled: T, scope: Scope) => Json,
): Json | undefined {
  if (compiled.references.some(({ root }) => root !== "inputs")) return undefined;
  try {
    return evaluate(compiled, (root) => (root === "inputs" ? inputs : undefined));
  } catch (error) {
    if (isTuttiError(error)) return undefined;
    throw error;
  }
}
