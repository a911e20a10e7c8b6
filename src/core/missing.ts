import { limitText } from "./policies/limits.ts";
import { awaitsGates, awaitsLanding, isRacing, type NodeState, sibling } from "./node.ts";
import { type RunState, usableResult } from "./state.ts";
import { takerOf, takersOf } from "./strategy.ts";
import { titleOf } from "./title.ts";
import { isPassedOver } from "./tried.ts";
import { nextLanding } from "./trees.ts";

/** Something the workflow asked for that a degraded run does not have. */
export interface Missing {
  /** Empty: the run itself. */
  readonly address: string;
  readonly kind: "failed" | "partial" | "limit";
  /** What was asked for, in one line. */
  readonly required: string;
  readonly why: string;
  /** What was done instead. */
  readonly instead: string;
  /** Address of the step whose output stands for it. */
  readonly standIn?: string;
  /** Those that were to build on it, and what became of each. */
  readonly dependents: readonly Dependent[];
}

export interface Dependent {
  readonly address: string;
  /** Of what was tried: what came of it. */
  readonly why?: string;
  readonly fate:
    | "used the stand-in"
    | "went on without it"
    | "was not done"
    | "is kept from before"
    | "was done, and not judged"
    | "was done, and has not landed"
    | "was tried, and is not done"
    | "failed"
    | "was skipped";
}

/**
 * The statement of a degraded run: what it was asked for and does not have, why, what stands in for it, and who was to
 * build on it. Empty for every other run. Time linear in the nodes and in those that depend on what is missing.
 */
export function missingOf(state: RunState): readonly Missing[] {
  if (state.status !== "degraded") return [];
  const found: Missing[] = [];
  for (const node of state.byAddress.values()) {
    const missing = missingAt(node);
    if (missing) found.push({ address: node.address, ...missing, dependents: dependentsOf(node) });
  }
  const { limitHit } = state;
  return limitHit ? [...found, beyondLimit(state, limitText(limitHit))] : found;
}

type About = Omit<Missing, "address" | "dependents">;

function missingAt(node: NodeState): About | undefined {
  if (isPassedOver(node)) return undefined;
  if (node.end === "failed") return toleratedFailure(node);
  if (node.end !== "verified" && node.end !== "claimed") return undefined;
  return node.outcome?.reported === "partial" ? donePartly(node) : undefined;
}

function toleratedFailure(node: NodeState): About | undefined {
  const { tolerated } = node;
  if (tolerated === undefined) return undefined;
  const about = {
    kind: "failed",
    required: titleOf(node),
    why: node.failure?.message ?? node.reason ?? "it did not say why",
  } as const;
  if (typeof tolerated === "object") return { ...about, ...coverOf(node) };
  return { ...about, instead: tolerated === "join" ? enoughText(node) : "the run went on without it" };
}

function coverOf(node: NodeState): Pick<Missing, "instead" | "standIn"> {
  const standIn = standInOf(node);
  if (standIn) return { instead: `"${standIn.plan.step.name}" ran in its place`, standIn: standIn.address };
  if (isRacing(node) && node.parent?.satisfied) return { instead: enoughText(node) };
  return { instead: `its fallback "${node.fallback}" ${fateText(takerOf(node))}` };
}

/** The fallback that ran in its place and ended well, or the last one of several. */
function standInOf({ standIn }: NodeState): NodeState | undefined {
  let last = standIn;
  while (last?.standIn) last = last.standIn;
  return last?.end === "skipped" ? undefined : last;
}

function fateText(fallback: NodeState | undefined): string {
  if (fallback?.phase !== "ended") return "did not come to its end";
  return fallback.end === "skipped" ? "was skipped" : "did not end well either";
}

function enoughText({ parent }: NodeState): string {
  const action = parent?.plan.step.action;
  const join = action?.kind === "chain" ? action.join : undefined;
  const wanted = typeof join === "object" ? join.quorum : 1;
  const good = parent?.good ?? 0;
  return `${good} of the others ended well, and ${wanted} ${wanted === 1 ? "is" : "are"} enough`;
}

function donePartly(node: NodeState): About {
  return {
    kind: "partial",
    required: titleOf(node),
    why: node.reason ?? "it is done only in part",
    instead: "what it gave is used as it is",
  };
}

function beyondLimit(state: RunState, why: string): Missing {
  const left = [...state.byAddress.values()].filter(
    (node) => node.plan.kind === "step" && node.phase !== "ended" && !node.plan.dormant,
  );
  return {
    address: "",
    kind: "limit",
    required: "the rest of the workflow",
    why,
    instead: "the run ended with what it had",
    // An earlier life did it, and a resume uses that.
    dependents: left.map((node) => ({ address: node.address, ...fateBeyond(state, node) })),
  };
}

function fateBeyond(state: RunState, node: NodeState): Omit<Dependent, "address"> {
  if (awaitsLanding(node) ?? nextLanding(node)) return { fate: "was done, and has not landed" };
  if (awaitsGates(node)) return { fate: "was done, and not judged" };
  const why = vainly(node);
  if (why !== undefined) return { fate: "was tried, and is not done", why };
  return { fate: usableResult(state, node.address) ? "is kept from before" : "was not done" };
}

/** What came of a step's last attempt, after which it was to have another. */
export function vainly({ attempt, feedback, outcome }: NodeState): string | undefined {
  return attempt === 0 ? undefined : (feedback?.split("\n")[0] ?? outcome?.failure?.message);
}

/** Those right behind a node, and all that were blocked with them. */
function dependentsOf(node: NodeState): readonly Dependent[] {
  const found = new Map<NodeState, Dependent>();
  // What is told of them is that they took over.
  const takers = new Set(takersOf(node));
  const queue = [node];
  for (let from = queue.pop(); from; from = queue.pop()) {
    for (const index of from.plan.dependents) {
      const dependent = sibling(from, index);
      if (!dependent || found.has(dependent) || !buildsOn(dependent, from)) continue;
      if (takers.has(dependent)) continue;
      if (from !== node && dependent.end !== "blocked") continue;
      found.set(dependent, { address: dependent.address, fate: fateOf(dependent, node) });
      if (dependent.end === "blocked") queue.push(dependent);
    }
  }
  return [...found.values()];
}

/** A step may also come after another because of the order of the file, or for the files they share. */
function buildsOn({ plan }: NodeState, { plan: { step } }: NodeState): boolean {
  return plan.step.needs.some((need) => need.step === step.name && need.because !== "conflict");
}

function fateOf({ end }: NodeState, missing: NodeState): Dependent["fate"] {
  switch (end) {
    case "verified":
    case "claimed":
      return standInOf(missing) ? "used the stand-in" : "went on without it";
    case "failed":
      return "failed";
    case "skipped":
      return "was skipped";
    default:
      return "was not done";
  }
}
