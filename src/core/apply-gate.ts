import { acquire, budgetShelf, enqueue, enter, offer, offerAll, setAside, setPhase } from "./bookkeeping.ts";
import { charge, hold, presume, see } from "./budget.ts";
import type { GateRef } from "./effects.ts";
import type { Event } from "./events.ts";
import type { GateCheck } from "./gate-check.ts";
import { useUp } from "./policies/quota.ts";
import type { InVain, NodeState } from "./node.ts";
import { lookInTree, noteCheckpoint, noteLanding, shelfBefore } from "./trees.ts";
import type { RunState } from "./state.ts";

export type GateEvent = Extract<Event, { type: "gate.queued" | "gate.started" | "gate.ended" }>;
type Of<T extends GateEvent["type"]> = Extract<GateEvent, { type: T }>;

/** What the events of a step's gates do to its node. */
export function applyGate(state: RunState, node: NodeState, event: GateEvent): void {
  enter(state, node, event.at);
  switch (event.type) {
    case "gate.queued":
      return gateQueued(state, node, event);
    case "gate.started":
      return gateStarted(state, node, event);
    case "gate.ended":
      return gateEnded(state, node, event);
  }
}

function gateStarted(state: RunState, node: NodeState, event: Of<"gate.started">): void {
  const check = checkOf(event);
  acquire(state, node);
  node.gate = { ref: event.gate, check };
  node.resumes = undefined;
  setPhase(state, node, event.gate.when === "before" ? "before" : "gates");
  state.active += 1;
  if (check.kind === "judge") hold(state, node);
  lookInTree(state, node);
}

function checkOf({ check, shell }: Of<"gate.started">): GateCheck {
  return check ?? { kind: "shell", shell: shell ?? { line: "false", values: {} } };
}

function gateQueued(state: RunState, node: NodeState, { gate, dueAt, again }: Of<"gate.queued">): void {
  if (again) askedInVain(state, node, { ...again, dueAt: dueAt ?? 0 });
  // people made it ready for another try
  else if (node.ask?.gate) comeBack(state, node);
  setAside(state, node, gate.when);
  node.dueAt = dueAt;
  if (dueAt === undefined) enqueue(state, node);
  else setPhase(state, node, "retrying");
}

type Again = NonNullable<Of<"gate.queued">["again"]> & { readonly dueAt: number };

function askedInVain(state: RunState, node: NodeState, event: Again): void {
  const { because, agent, until, dueAt, failure: _, ...used } = event;
  node.vain = vainAfter(node, event);
  if (because === "quota") useUp(state, node, until ?? dueAt);
  else if (because === "breaker" && agent === undefined)
    state.parkedUntil = Math.max(state.parkedUntil, dueAt);
  if (because === "interrupted") presume(state, node, false);
  else charge(state, node, { ok: false, ...used });
  comeBack(state, node);
}

/** Who takes over has tries of its own. */
function vainAfter({ vain }: NodeState, { because, failure, agent }: Again): InVain {
  const { times = 0, retries = 0, refusals = 0 } = vain ?? {};
  if (agent !== undefined) return { times: times + 1, retries: 0, refusals: 0, failure, agent };
  const isRefusal = because === "quota" || because === "breaker";
  const isFailure = !isRefusal && because !== "interrupted";
  return {
    times: times + 1,
    retries: retries + Number(isFailure),
    refusals: refusals + Number(isRefusal),
    failure,
    agent: vain?.agent,
  };
}

function gateEnded(state: RunState, node: NodeState, event: Of<"gate.ended">): void {
  const { gate: ref, attempt, passed, evidence } = event;
  const waitedFor = waitsFor(node);
  takeChecked(state, node, event);
  comeBack(state, node);
  node.vain = undefined;
  node.gateResults = [...node.gateResults, { ref, attempt, passed, evidence }];
  const queues = (passed || ref.level === "advisory") && queuesAfter(node, ref, waitedFor);
  node.resumes = queues && ref.when === "after" ? "after" : undefined;
  if (queues) enqueue(state, node);
  else setPhase(state, node, ref.when === "before" ? "before" : "gates");
}

/** What came of the check besides its verdict. */
function takeChecked(state: RunState, node: NodeState, event: Of<"gate.ended">): void {
  const { passed, evidence } = event;
  switch (node.gate?.check.kind) {
    case "judge": {
      const used = usedPart(event);
      charge(state, node, { ok: passed, ...used });
      return see(state, node, { ok: evidence["undecided"] !== true, ...used });
    }
    case "landing":
      noteLanding(state, node, event);
      return noteUnlanded(node, event);
    default:
      return noteCheckpoint(state, node, event);
  }
}

/** People who say no to what could not land, or a cancel, change nothing of it. */
function noteUnlanded(node: NodeState, { passed }: Of<"gate.ended">): void {
  const { request, outcome, attempt, gateResults, attemptAt, settledAt, filesBefore, tree } = node;
  const work = { request, outcome, attempt, gateResults, attemptAt, settledAt, filesBefore, tree };
  node.unlanded = passed ? undefined : work;
}

function waitsFor({ gate, ask }: NodeState): "people" | "check" | undefined {
  if (ask?.gate) return "people";
  return gate && "check";
}

/** After a wait the run may have been paused meanwhile, or there is no place for what comes next. */
function queuesAfter({ plan }: NodeState, ref: GateRef, waitedFor: ReturnType<typeof waitsFor>): boolean {
  if (ref.when === "before") return waitedFor !== undefined;
  return waitedFor === "people" && ref.index + 1 < plan.step.gates.length;
}

function usedPart({ usage, asked }: Pick<Of<"gate.ended">, "usage" | "asked">) {
  return { ...(usage ? { usage } : {}), ...(asked === undefined ? {} : { asked }) };
}

/** Nobody is asked any more for the node. */
function comeBack(state: RunState, node: NodeState): void {
  const { gate, ask } = node;
  if (ask?.gate) {
    node.ask = undefined;
    node.dueAt = undefined;
  }
  if (!gate) return;
  node.gate = undefined;
  node.queued = undefined;
  state.active -= 1;
  if (gate.check.kind === "judge") offer(state, [budgetShelf]);
  if (gate.check.kind === "landing") offerAll(state, shelfBefore(node));
}
