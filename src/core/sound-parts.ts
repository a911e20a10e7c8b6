import type { EachAction } from "../language/workflow.ts";
import type { Event } from "./events.ts";
import { isBalanced } from "./loads.ts";
import { isFull } from "./policies/balance.ts";
import { loadedOf } from "./nodes/ways.ts";
import { wantedOf } from "./nodes/group.ts";
import { type NodeState, wayOf } from "./node.ts";
import { type RunState } from "./state.ts";
import { brokenTally } from "./sound-tally.ts";
import type { Broken } from "./unsoundness.ts";

type Of<T extends Event["type"]> = Extract<Event, { type: T }>;

/** Which rule an event of a node with parts breaks before it is applied, if any. */
export function brokenPart(state: RunState, node: NodeState, event: Event): Broken | undefined {
  switch (event.type) {
    case "branch.decided":
      return brokenDecision(node, event) ?? crowded(state, node, event);
    case "items.listed":
      if (node.items === undefined) return undefined;
      return { rule: "items are listed once", message: `"${node.address}" had its items` };
    case "part.opened":
      return brokenOpening(state, node, event);
    case "round.judged":
      return brokenVerdict(node, event);
    case "join.reached":
    case "join.missed":
      return brokenJoin(node, event.type);
    case "time.up":
      if (!node.timeUp && node.plan.step.limits?.timeMs !== undefined) return undefined;
      return { rule: "time is over once, where it has a cap", message: `"${node.address}"` };
    default:
      return brokenTally(node, event);
  }
}

function brokenJoin(node: NodeState, type: "join.reached" | "join.missed"): Broken | undefined {
  const { address, joined, good, remaining } = node;
  if (type === "join.reached") {
    if (!joined && good >= (wantedOf(node) ?? Infinity)) return undefined;
    return {
      rule: "a block joins once, when enough ended well",
      message: `"${address}" joined with ${good}`,
    };
  }
  if (!joined && good + remaining < (wantedOf(node) ?? 0)) return undefined;
  return {
    rule: "a block is given up once, when too few can end well",
    message: `"${address}" was given up with ${good} and ${remaining} to come`,
  };
}

function brokenDecision(node: NodeState, event: Of<"branch.decided">): Broken | undefined {
  const { way, choice } = event;
  if (node.decided !== undefined && !isNext(node, event))
    return {
      rule: "a way is decided once",
      message: `"${node.address}" had decided`,
    };
  const declared = node.plan.bodies.map(({ step }) => step.name);
  const among = choice?.candidates.map((one) => one.way) ?? declared;
  const taken = way === null ? choice === undefined : among.includes(way);
  if (taken && among.every((name) => declared.includes(name))) return undefined;
  return {
    rule: "a way is one of those declared",
    message: `"${node.address}" decided for ${way ?? "no way"} among ${among.join(", ")}`,
  };
}

function crowded(state: RunState, node: NodeState, { way }: Of<"branch.decided">): Broken | undefined {
  if (way === null || !isBalanced(node) || !isFull(loadedOf(state, node, way))) return undefined;
  return { rule: "a way has no more on it than may be", message: `"${node.address}" took "${way}"` };
}

/** The way that was decided for has failed, and the next is none that was taken before. */
function isNext(node: NodeState, { way, after }: Of<"branch.decided">): boolean {
  const last = node.children.at(-1);
  return (
    last !== undefined && isTried(last, after) && node.children.every(({ plan }) => plan.step.name !== way)
  );
}

function isTried({ plan, end }: NodeState, after: Of<"branch.decided">["after"]): boolean {
  return end === "failed" && plan.step.name === after?.way;
}

function brokenOpening(state: RunState, node: NodeState, event: Of<"part.opened">): Broken | undefined {
  switch (node.plan.kind) {
    case "loop":
      return brokenRound(node, event);
    case "each":
      return brokenItem(state, node, event);
    default:
      return brokenWay(node, event);
  }
}

function brokenWay(node: NodeState, { part, body }: Of<"part.opened">): Broken | undefined {
  const way = wayOf(node);
  const fits = part === `/${way}` && node.plan.bodies[body]?.step.name === way;
  if (fits) return undefined;
  const decided = way === undefined ? "nothing" : (way ?? "no way");
  return {
    rule: "a part opens after its decision",
    message: `"${node.address}${part}" opened, decided was ${decided}`,
  };
}

function brokenRound(node: NodeState, { part, place }: Of<"part.opened">): Broken | undefined {
  const last = node.children.at(-1);
  const next = last ? last.place + 1 : 0;
  const mayGoOn = !last || (last.decided?.type === "round.judged" && !last.decided.done);
  if (mayGoOn && place === next && part === `#${next + 1}`) return undefined;
  return {
    rule: "rounds come one after another",
    message: `"${node.address}${part}" opened after ${next} rounds`,
  };
}

function brokenItem(
  state: RunState,
  node: NodeState,
  { part, place }: Of<"part.opened">,
): Broken | undefined {
  const listed = node.items?.[place];
  const { concurrency = state.limits.parallel } = node.plan.step.action as EachAction;
  const fits = listed !== undefined && part === `[${listed.key}]` && place === node.children.length;
  if (fits && node.remaining < concurrency) return undefined;
  return {
    rule: "items are in the list, and no more open than may",
    message: `"${node.address}${part}" opened beside ${node.remaining} others`,
  };
}

function brokenVerdict(node: NodeState, { round }: Of<"round.judged">): Broken | undefined {
  const last = node.children.at(-1);
  const fits = last?.phase === "ended" && last.place + 1 === round && last.decided === undefined;
  if (fits) return undefined;
  return {
    rule: "rounds come one after another",
    message: `"${node.address}" looked at round ${round}, which had not ended or was looked at before`,
  };
}
