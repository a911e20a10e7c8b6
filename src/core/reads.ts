import { isTuttiError } from "../errors.ts";
import { follow } from "../expression/binding.ts";
import type { Expression, Reference, Scope } from "../expression/expression.ts";
import type { Json, JsonObject } from "../expression/json.ts";
import { compiledStep } from "./compiled.ts";
import { hashOf } from "./hash.ts";
import { wantedAgent } from "./policies/failover.ts";
import { scopeOf } from "./scope.ts";
import type { NodeState } from "./node.ts";
import type { RunState } from "./state.ts";

/**
 * What a node's result rests on besides its request and environment: every value that its gates read, but for its own
 * result and feedback, the time that a wait is for, and what people are asked. Undefined when that cannot be told.
 */
export function readsOf(state: RunState, node: NodeState): readonly Json[] | undefined {
  const { before, gates, values, ask } = compiledStep(node.plan.step);
  const gated = [...before, ...gates].flatMap(
    ({ expression, outside, ask: asked }) => (expression ?? outside ?? asked)?.references ?? [],
  );
  const until = node.plan.kind === "wait" ? values : undefined;
  try {
    const scope = scopeOf(state, node);
    const read = gated
      .filter((reference) => !isOwn(reference, node.plan.step.name))
      .map(({ root, path }) => asJson(follow(scope(root), path).value));
    if (ask)
      return [...read, ask.text.renderText(scope), ...(ask.answers ? [ask.answers.render(scope)] : [])];
    return until ? [...read, until.render(scope)] : read;
  } catch (error) {
    if (isTuttiError(error)) return undefined;
    throw error;
  }
}

/**
 * What is asked of a step with a blackboard around it that its text refers to, apart from what the board says: every other
 * value that it reads and who is asked, as a hash. What stood on the board when work was begun makes it no other work, so that
 * it is not done again because it was begun earlier or later. Undefined for a step that has nothing to do with a board, and
 * where it cannot be told.
 */
export function basisOf(state: RunState, node: NodeState): string | undefined {
  const { references } = compiledStep(node.plan.step);
  if (!references.some(({ root }) => root === "board")) return undefined;
  const { action } = node.plan.step;
  const asked = action.kind === "command" || action.kind === "agent" ? wantedAgent(state, action) : {};
  try {
    const scope = scopeOf(state, node);
    const read = references
      .filter((reference) => reference.root !== "board" && !isOwn(reference, node.plan.step.name))
      .map(({ root, path }) => asJson(follow(scope(root), path).value));
    return hashOf(JSON.stringify([asked, read]));
  } catch (error) {
    if (isTuttiError(error)) return undefined;
    throw error;
  }
}

function isOwn({ root, path }: Reference, name: string): boolean {
  return root === "feedback" || root === name || (root === "steps" && path[0] === name);
}

/** A value that is not there differs from every value that is. */
function asJson(value: unknown): Json {
  return value === undefined ? [] : [value as Json];
}

/** What an expression read, by reference, for people who ask why it decided as it did; long values are cut. */
export function seenBy({ references }: Expression, scope: Scope): JsonObject {
  const seen: Record<string, Json> = {};
  for (const { root, path } of references) {
    const name = [root, ...path].join(".");
    seen[name] = cut(follow(scope(root), path).value);
  }
  return seen;
}

const longest = 200;

function cut(value: unknown): Json {
  const text = JSON.stringify(value ?? null);
  return text.length <= longest ? ((value ?? null) as Json) : shortened(text);
}

/** As much of a text as tells what it is. */
export function shortened(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}…`;
}
