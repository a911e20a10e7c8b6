import { createHash } from "node:crypto";
import { definitionOf } from "../core/definition.ts";
import type { PlanHints, RunOverrides } from "../core/events.ts";
import { judgesIn } from "../core/plan-estimates.ts";
import { knownTimesOf } from "../core/plan-times.ts";
import { judgesOf } from "../core/policies/failover.ts";
import { canonicalJson, type Json } from "../expression/json.ts";
import type { Chain, Step, Workflow } from "../language/workflow.ts";
import type { Prediction } from "../ports/history.ts";
import type { Parts } from "./parts.ts";
import { chainsOf, ownRunsOf, placedSteps } from "./placed-steps.ts";

/**
 * Under which key a step's durations and costs are remembered: its definition, wherever it stands, and the agents
 * that do it or what it holds, because the time and price of one say nothing about another's.
 */
export function historyKey(step: Step, chosen: Chosen, digest = digestOf(step)): string {
  const agents = agentsOf(step, chosen);
  return agents.length === 0 ? digest : `${digest}:${agents.join("+")}`;
}

/** The agents that a step needs, and those that what it holds needs. */
function agentsOf(step: Step, chosen: Chosen): readonly string[] {
  const { action } = step;
  const own = agentOf(step, chosen);
  if (own !== undefined) return [own];
  const others = ownRunsOf(action);
  if (others.length > 0) {
    const { overrides } = chosen;
    const inside = others.flatMap((workflow) => agentsIn(workflow.chain, { workflow, overrides }));
    return [...new Set(inside)].toSorted();
  }
  return repeats(step) ? chainsOf(action).flatMap(({ chain }) => agentsIn(chain, chosen)) : [];
}

function agentsIn(chain: Chain, chosen: Chosen): readonly string[] {
  const all = placedSteps(chain).flatMap(({ step }) => [
    ...(repeats(step) ? [] : agentsOf(step, chosen)),
    ...judgesIn(step).map(({ gate }) => judgesOf(chosen, gate)[0]),
  ]);
  return [...new Set(all)].toSorted();
}

/** The same of one of its gates that this agent judges. */
export function judgeKey(step: Step, { place, agent }: Judged, digest = digestOf(step)): string {
  return `${digest}!${place}:${agent}`;
}

export interface Judged {
  readonly place: string;
  readonly agent: string;
}

/** What decides which agent does a step. */
export interface Chosen {
  readonly workflow: Workflow;
  readonly overrides: RunOverrides;
}

/** The agent that does a step; undefined for a step that asks none. */
export function agentOf({ action }: Step, { workflow, overrides }: Chosen): string | undefined {
  if (action.kind !== "command" && action.kind !== "agent") return undefined;
  return overrides.agent ?? action.agent ?? workflow.agent ?? "claude-code";
}

/** A loop, or the items of a list: how long they take together depends on all that they hold. */
function repeats({ action }: Step): boolean {
  return action.kind === "loop" || action.kind === "each";
}

/** The same, and the file does not say how often: what they took before is the best that is known. */
export function repeatsUncounted(step: Step): boolean {
  return repeats(step) && knownTimesOf(step.action, { parallel: 1 }) === undefined;
}

/** Equal steps are hashed once: a workflow may have thousands of them. */
export function digestOf(step: Step): string {
  const { action, output, before, gates, env, reads } = step;
  const text = JSON.stringify(repeats(step) ? action : { action, output, before, gates, env, reads });
  let key = digests.get(text);
  if (key === undefined) {
    const known = repeats(step) ? (JSON.parse(text) as Json) : definitionOf(step);
    key = createHash("sha256").update(canonicalJson(known)).digest("hex").slice(0, 32);
    if (digests.size >= mostDigests) digests.clear();
    if (text.length <= longestKept) digests.set(text, key);
  }
  return key;
}

const digests = new Map<string, string>();
const mostDigests = 5000;
const longestKept = 2000;

/** What history says about each step of a workflow, by address, and about its judges, by `address!after0`. */
export async function predictions(
  parts: Parts,
  { workflow, overrides }: Chosen,
): Promise<ReadonlyMap<string, Prediction>> {
  const { keys, asked } = seriesOf({ workflow, overrides });
  const known = await parts.history.predict(asked);
  const found = new Map<string, Prediction>();
  for (const [address, key] of keys) {
    const prediction = known[key];
    if (prediction) found.set(address, prediction);
  }
  return found;
}

interface Series {
  readonly agent: string | undefined;
  /** By address. */
  readonly keys: ReadonlyMap<string, string>;
  readonly asked: readonly string[];
}

const series = new WeakMap<Workflow, Series>();

/** The keys of all steps that are remembered; a thousand runs of one workflow make them once. */
function seriesOf({ workflow, overrides }: Chosen): Series {
  const known = series.get(workflow);
  if (known && known.agent === overrides.agent) return known;
  const chosen = { workflow, overrides };
  const keys = new Map(
    placedSteps(workflow.chain).flatMap(({ address, step }): readonly (readonly [string, string])[] => {
      const judges = judgesIn(step).map(({ place, gate }) => {
        const [agent] = judgesOf(chosen, gate);
        return [`${address}!${place}`, judgeKey(step, { place, agent })] as const;
      });
      return doesWork(step) ? [[address, historyKey(step, chosen)], ...judges] : judges;
    }),
  );
  const made = { agent: overrides.agent, keys, asked: [...new Set(keys.values())] };
  series.set(workflow, made);
  return made;
}

/** How long it takes is remembered; the others wait, or are as long as what they hold. */
function doesWork(step: Step): boolean {
  if (repeats(step)) return repeatsUncounted(step);
  return !["chain", "branch", "wait", "ask", "value", "tally"].includes(step.action.kind);
}

const latestHints = new WeakMap<Workflow, PlanHints>();

/** What planning knows of a workflow's steps; the same object again while that is the same. */
export async function planHints(parts: Parts, chosen: Chosen): Promise<PlanHints> {
  const found = await predictions(parts, chosen);
  const known = latestHints.get(chosen.workflow);
  if (known && saysTheSame(known, found)) return known;
  const hints = {
    expectedMs: Object.fromEntries([...found].map(([address, { durationMs }]) => [address, durationMs])),
    ...usedPart(found, "costUsd"),
    ...usedPart(found, "tokens"),
  };
  latestHints.set(chosen.workflow, hints);
  return hints;
}

/** What is free needs no prediction: most steps ask no agent. */
function usedPart(
  found: ReadonlyMap<string, Prediction>,
  what: "costUsd" | "tokens",
): Pick<PlanHints, typeof what> {
  const known = [...found].flatMap(([address, prediction]): [string, number][] => {
    const value = prediction[what];
    return value ? [[address, value]] : [];
  });
  return known.length > 0 ? { [what]: Object.fromEntries(known) } : {};
}

function saysTheSame(hints: PlanHints, found: ReadonlyMap<string, Prediction>): boolean {
  const isSame = ([address, prediction]: readonly [string, Prediction]): boolean =>
    hints.expectedMs[address] === prediction.durationMs &&
    (hints.costUsd?.[address] ?? 0) === (prediction.costUsd ?? 0) &&
    (hints.tokens?.[address] ?? 0) === (prediction.tokens ?? 0);
  return found.size === Object.keys(hints.expectedMs).length && [...found].every(isSame);
}
