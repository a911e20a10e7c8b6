import type { EachAction } from "../../language/workflow.ts";
import { asText, type Json } from "../../expression/json.ts";
import { compiledStep } from "../compiled.ts";
import { emit, type Draft } from "../draft.ts";
import type { Failure } from "../outcome.ts";
import type { ListedItem } from "../events.ts";
import { scopeOf } from "../scope.ts";
import { isHalted } from "../state.ts";
import { type NodeState } from "../node.ts";
import { endFailed } from "./end.ts";
import { closeHolder, isOver } from "./group.ts";
import type { NodeKind } from "./node-kind.ts";
import { attempt, passesWhen } from "./when.ts";

/** The same steps for every item of a list, so many items at once. */
export const each: NodeKind = {
  start(draft, node) {
    if (!passesWhen(draft, node)) return;
    const listed = attempt(() => listItems(draft, node));
    if ("failure" in listed) return endFailed(draft, node, listed.failure);
    if ("code" in listed.value) return endFailed(draft, node, listed.value);
    emit(draft, { type: "items.listed", address: node.address, items: listed.value });
    openItems(draft, node);
  },
  recover() {
    // Its items recover by themselves.
  },
  cancel() {
    // Ends when its items have.
  },
  goOn(draft, node) {
    openItems(draft, node);
    if (isOver(draft.state, node)) closeHolder(draft, node);
  },
};

/** Opens the next items, as many as there is room for. */
function openItems(draft: Draft, node: NodeState): void {
  const { items = [], children } = node;
  const action = node.plan.step.action as EachAction;
  const room = Math.max(1, action.concurrency ?? draft.state.limits.parallel);
  while (!isHalted(draft.state) && !node.stopping && node.remaining < room) {
    const place = children.length;
    const item = items[place];
    if (!item) return;
    emit(draft, { type: "part.opened", address: node.address, part: `[${item.key}]`, body: 0, place });
  }
}

function listItems(draft: Draft, node: NodeState): readonly ListedItem[] | Failure {
  const { items, key } = compiledStep(node.plan.step);
  const scope = scopeOf(draft.state, node);
  const list = items?.render(scope) ?? null;
  if (!Array.isArray(list)) return noList(list);
  const { as } = node.plan.step.action as EachAction;
  const taken = new Set<string>();
  return list.map((item: Json, index) => {
    const name = key ? asText(key.evaluate((root) => (root === as ? item : scope(root)))) : String(index);
    const unique = uniqueKey(name, { taken, index });
    taken.add(unique);
    return { key: unique, item };
  });
}

/** A name that can stand in an address, and that no other item has. */
function uniqueKey(
  name: string,
  { taken, index }: { readonly taken: ReadonlySet<string>; readonly index: number },
): string {
  const short = name.replaceAll(/[[\]\s\p{C}]+/gu, "_").slice(0, 100);
  const plain = short.toWellFormed() || String(index);
  if (!taken.has(plain)) return plain;
  let copy = 2;
  while (taken.has(`${plain}~${copy}`)) copy += 1;
  return `${plain}~${copy}`;
}

function noList(value: Json): Failure {
  return {
    code: "EXPRESSION_FAILED",
    message: `Cannot go through the items: ${JSON.stringify(value)?.slice(0, 200)} is no list`,
    fix: "give `for_each` a list, such as ${ scan.output.issues }",
    class: "permanent",
  };
}
