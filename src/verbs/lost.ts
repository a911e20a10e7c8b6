import { definitionOf } from "../core/definition.ts";
import type { NodeState } from "../core/node.ts";
import type { RunState } from "../core/state.ts";
import { TuttiError } from "../errors.ts";
import { isObject, sameJson } from "../expression/json.ts";
import { placeOf } from "../core/place.ts";
import { placedSteps } from "./placed-steps.ts";
import { shellWord } from "../expression/shell-word.ts";

/**
 * Throws ARTIFACT_MISSING when a result or a signal that the run keeps is lost. `lost` are the words that stand for lost
 * values; those of results that are made anew, or that nothing looks at any more, are no matter.
 */
export function requireNothingLost(state: RunState, lost: readonly string[] = []): void {
  if (lost.length === 0) return;
  const words = new Set(lost);
  for (const { address, value } of keptBy(state)) {
    const found = firstOf(value, words);
    if (found !== undefined) throw lostError(state.runId, { address, found });
  }
}

interface Kept {
  /** Undefined: no step can make it anew. */
  readonly address: string | undefined;
  readonly value: unknown;
}

function* keptBy(state: RunState): Generator<Kept> {
  for (const node of state.byAddress.values()) yield { address: node.address, value: resultOf(node) };
  const placed = state.known.size === 0 ? [] : placedSteps(state.workflow.chain);
  const steps = new Map(placed.map(({ address, step }) => [address, step]));
  // Results of an earlier life that no step has asked for yet.
  for (const [address, known] of state.known) {
    const step = steps.get(placeOf(address));
    if (step && sameJson(known.definition, definitionOf(step)))
      yield { address, value: [known.request, known.outcome] };
  }
  for (const payloads of state.signals.values()) yield { address: undefined, value: payloads.at(-1) };
}

/** What others, or the step's own next attempt, may still read. */
function resultOf({ request, outcome, failure, feedback }: NodeState): unknown {
  return [request, outcome, failure, feedback];
}

function firstOf(value: unknown, words: ReadonlySet<string>): string | undefined {
  const open = [value];
  for (const next of open) {
    if (typeof next === "string" && words.has(next)) return next;
    const inside: readonly unknown[] = Array.isArray(next) ? next : isObject(next) ? Object.values(next) : [];
    for (const item of inside) open.push(item);
  }
  return undefined;
}

function lostError(
  runId: string,
  { address, found }: { address: string | undefined; found: string },
): TuttiError {
  const what = address === undefined ? "a signal's payload" : `the result of "${address}"`;
  const again =
    address === undefined
      ? "start the run anew"
      : `run it again: tutti resume ${runId} --from ${shellWord(address)}`;
  return new TuttiError(
    "ARTIFACT_MISSING",
    `Cannot resume run "${runId}": ${what}, which it would go on with, is gone or damaged (${found})`,
    { fix: `put the file back from a copy of the folder, or ${again}; tutti audit lists what is lost` },
  );
}
