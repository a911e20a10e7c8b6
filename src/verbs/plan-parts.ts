import type { Block, PlanNode } from "../core/plan.ts";
import { itemCountOf } from "../core/plan-times.ts";
import { ruleText } from "../core/policies/vote-text.ts";
import { countAwake } from "../core/strategy.ts";
import type { Json } from "../expression/json.ts";
import type { Option } from "../language/voting.ts";
import type { BranchAction, ChainAction, EachAction, LoopAction } from "../language/workflow.ts";
import { defined } from "../language/defined.ts";
import { chainsOf } from "./placed-steps.ts";
import type { Given } from "./plan-given.ts";
import { capsAt, type PipelineCaps, type PipelineReport, pipelineReport } from "./plan-pipelines.ts";

/** What decides how often, and which, steps inside others run. Durations in ms. */
export type PartReport = BranchReport | LoopReport | EachReport | JoinReport | TallyReport | PipelineReport;

export interface BranchReport {
  readonly kind: "branch";
  readonly address: string;
  /** One of them is taken: the first whose condition is true, or as `by` says. */
  readonly ways: readonly WayReport[];
  /** `past`: what has worked. `load`: what has worked, and what is least at work. */
  readonly by?: "past" | "load";
  /** When the way that was taken fails, the next is, up to so many. */
  readonly mostTries?: number;
}

export interface WayReport {
  readonly name: string;
  /** Absent: taken when no other is. */
  readonly when?: string;
  readonly steps: number;
  readonly predictedMs: number;
  /** How many may be on it at once. */
  readonly atOnce?: number;
  /** With the inputs that were given it is not taken. */
  readonly skipped?: true;
}

export interface LoopReport {
  readonly kind: "loop";
  readonly address: string;
  /** Absent: as many rounds as `max`. */
  readonly until?: string;
  readonly max: number;
  readonly plateau?: LoopAction["plateau"];
  readonly otherwise: "fail" | "accept";
  readonly roundMs: number;
  /** With all rounds. */
  readonly mostMs: number;
  /** Of the whole loop: what it took before, what the file expects, or as many rounds as are known. */
  readonly predictedMs: number;
}

export interface EachReport {
  readonly kind: "each";
  readonly address: string;
  /** The list, as it is written. */
  readonly items: string;
  readonly as: string;
  readonly key?: string;
  /** Items at once. */
  readonly concurrency: number;
  readonly itemMs: number;
  /** Of all items: what they took before, what the file expects, or as many items as are known. */
  readonly predictedMs: number;
  /** How many there are, when the file or the inputs say it. */
  readonly count?: number;
}

export interface JoinReport {
  readonly kind: "join";
  readonly address: string;
  /** How many steps have to end well; then the others are stopped. */
  readonly wanted: number;
  readonly of: number;
}

/** A count of votes. */
export interface TallyReport {
  readonly kind: "tally";
  readonly address: string;
  /** What decides, in words. */
  readonly rule: string;
  /** As it is written. */
  readonly votes: Json;
  readonly options?: Json;
  /** How many must have voted. */
  readonly quorum?: number;
  /** What is taken where the votes leave it open. */
  readonly tie?: Option;
  /** What it means that nothing is decided; `others`: steps behind it decide. */
  readonly otherwise: "fail" | "accept" | "others";
}

/** True for a node that holds others and does nothing itself. */
export function holds({ kind }: PlanNode): boolean {
  return kind === "group" || kind === "branch" || kind === "loop" || kind === "each";
}

/** The blocks that a node holds, with their addresses. */
export function blocksIn(node: PlanNode, address: string): readonly { block: Block; address: string }[] {
  const blocks = node.block ? [node.block] : node.bodies.map(({ block }) => block);
  return chainsOf(node.step.action).flatMap(({ part }, index) => {
    const block = blocks[index];
    return block ? [{ block, address: address + part }] : [];
  });
}

interface Told {
  readonly prefix: string;
  readonly parallel: number;
  readonly given: Given;
  /** Those of the blocks around; absent: they are only told. */
  readonly caps?: PipelineCaps;
}

/** What there is to say of the nodes of a block, and of all that it holds; not of what is skipped. */
export function partReports(block: Block, told: Told): readonly PartReport[] {
  const { prefix, given } = told;
  return block.nodes.flatMap((node) => {
    const address = prefix + node.step.name;
    if (given.skipped.has(address)) return [];
    const caps = told.caps && capsAt(told.caps, { address, limits: node.step.limits });
    const at = { ...told, ...defined({ caps }) };
    const inner = blocksIn(node, address).flatMap((held) =>
      given.skipped.has(held.address) ? [] : partReports(held.block, { ...at, prefix: `${held.address}/` }),
    );
    return [...ownReport(node, { ...at, address }), ...tallyReport(node, { block, address }), ...inner];
  });
}

function ownReport(
  node: PlanNode,
  { address, parallel, given, caps }: Omit<Told, "prefix"> & { readonly address: string },
): readonly PartReport[] {
  const { action } = node.step;
  switch (action.kind) {
    case "branch":
      return [branchReport(action, { node, address, given })];
    case "loop":
      return [loopReport(action, { node, address })];
    case "each":
      return [eachReport(action, { node, address, parallel, given })];
    case "chain":
      return joinReport(action, { node, address });
    case "pipeline":
      return [pipelineReport(action, { address, ...defined({ caps }) })];
    default:
      return [];
  }
}

interface At {
  readonly node: PlanNode;
  readonly address: string;
}

function branchReport(
  { ways, adaptive, balance, onFailure, maxTries = ways.length }: BranchAction,
  { node, address, given }: At & { readonly given: Given },
): BranchReport {
  const told = ways.map(({ name, when, atOnce, chain }, index) => ({
    name,
    ...defined({ when, atOnce }),
    steps: chain.steps.length,
    predictedMs: node.bodies[index]?.expectedMs ?? 0,
    ...(given.skipped.has(`${address}/${name}`) ? { skipped: true as const } : {}),
  }));
  const past = adaptive ? ("past" as const) : undefined;
  const by = balance ? ("load" as const) : past;
  const mostTries = onFailure && Math.min(maxTries, ways.length);
  return { kind: "branch", address, ways: told, ...defined({ by, mostTries }) };
}

function loopReport({ until, max, plateau, otherwise }: LoopAction, { node, address }: At): LoopReport {
  const roundMs = node.bodies[0]?.expectedMs ?? 0;
  return {
    kind: "loop",
    address,
    ...(until === undefined ? {} : { until }),
    max,
    ...(plateau === undefined ? {} : { plateau }),
    otherwise,
    roundMs,
    mostMs: roundMs * max,
    predictedMs: node.expectedMs,
  };
}

function eachReport(
  action: EachAction,
  { node, address, parallel, given }: At & Omit<Told, "prefix">,
): EachReport {
  const { items, as, key, concurrency = parallel } = action;
  const count = given.counts[address] ?? itemCountOf(action);
  return {
    kind: "each",
    address,
    items,
    as,
    ...(key === undefined ? {} : { key }),
    concurrency,
    itemMs: node.bodies[0]?.expectedMs ?? 0,
    predictedMs: node.expectedMs,
    ...(count === undefined ? {} : { count }),
  };
}

function joinReport(
  { join }: ChainAction,
  { node, address }: { readonly node: PlanNode; readonly address: string },
): readonly JoinReport[] {
  if (join === undefined) return [];
  const wanted = join === "any" ? 1 : join.quorum;
  return [{ kind: "join", address, wanted, of: countAwake(node.block) }];
}

function tallyReport(
  { step: { action }, dependents }: PlanNode,
  { block, address }: { readonly block: Block; readonly address: string },
): readonly TallyReport[] {
  if (action.kind !== "tally" || "of" in action) return [];
  const { rule, votes, options, quorum, tie, otherwise } = action;
  const isLeft = dependents.some((index) => {
    const after = block.nodes[index]?.step.action;
    return after?.kind === "tally" && "of" in after;
  });
  return [
    {
      kind: "tally",
      address,
      rule: ruleText(rule),
      votes,
      ...defined({ options, quorum, tie }),
      otherwise: isLeft ? "others" : otherwise,
    },
  ];
}
