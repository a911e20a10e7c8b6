import { emit, type Draft } from "../draft.ts";
import { compiledStep } from "../compiled.ts";
import { scopeOf } from "../scope.ts";
import { asText, isObject } from "../../expression/json.ts";
import { isGivenUp, type NodeState } from "../node.ts";
import { beginBoardWait } from "./board-wait.ts";
import { endFailed, endWell } from "./end.ts";
import type { NodeKind } from "./node-kind.ts";
import { parseTime } from "../time.ts";
import { reuse } from "./reuse.ts";
import { attempt, passesWhen } from "./when.ts";

/** Waits for a time or a signal, holding nothing. */
export const wait: NodeKind = {
  start(draft, node) {
    const { action } = node.plan.step;
    if (action.kind !== "wait" || !passesWhen(draft, node)) return;
    // what stood on the blackboard of an earlier life has to come onto that of this one first
    if (action.for !== "board" && reuse(draft, node)) return;
    switch (action.for) {
      case "duration":
        return emit(draft, {
          type: "wait.started",
          address: node.address,
          dueAt: draft.at + action.durationMs,
        });
      case "time":
        return waitUntil(draft, node);
      case "board":
        return beginBoardWait(draft, node, action.until);
      case "signal": {
        const dueAt = action.deadlineMs === undefined ? {} : { dueAt: draft.at + action.deadlineMs };
        emit(draft, { type: "wait.started", address: node.address, signal: action.signal, ...dueAt });
        return takeSignal(draft, node);
      }
    }
  },
  recover(draft, node) {
    if (isGivenUp(node)) return wait.cancel(draft, node);
    // Its time is in the log; the process may have ended between its signal and what follows from that.
    if (node.phase === "settling") endWell(draft, node, { end: "verified" });
    else takeSignal(draft, node);
  },
  cancel(draft, node) {
    endFailed(draft, node, { code: "CANCELLED", message: "The wait was cancelled", class: "cancelled" });
  },
};

function waitUntil(draft: Draft, node: NodeState): void {
  const rendered = attempt(() => compiledStep(node.plan.step).values?.render(scopeOf(draft.state, node)));
  if ("failure" in rendered) return endFailed(draft, node, rendered.failure);
  const until = isObject(rendered.value) ? rendered.value["until"] : undefined;
  const dueAt = typeof until === "number" ? until : parseTime(asText(until));
  if (dueAt !== undefined) return emit(draft, { type: "wait.started", address: node.address, dueAt });
  endFailed(draft, node, {
    code: "EXPRESSION_FAILED",
    message: `Cannot wait until "${asText(until)}": it is no time`,
    fix: "give an ISO 8601 time with its offset, such as 2026-11-20T18:00:00Z",
    class: "permanent",
  });
}

/** Ends a node that waits for a signal which has come; signals are kept, so one that came before counts. */
export function takeSignal(draft: Draft, node: NodeState): void {
  const payloads = node.signal === undefined ? undefined : draft.state.signals.get(node.signal);
  const payload = payloads?.at(-1);
  if (payload === undefined) return;
  emit(draft, {
    type: "attempt.ended",
    address: node.address,
    attempt: 0,
    outcome: { ok: true, output: payload },
  });
  endWell(draft, node, { end: "verified" });
}

/** The time of a wait has come: a wait for a time is over, a wait for a signal has failed. */
export function waitIsOver(draft: Draft, node: NodeState): void {
  if (node.signal === undefined) return endWell(draft, node, { end: "verified" });
  endFailed(draft, node, {
    code: "TIMEOUT",
    message: `Cannot go on: no signal "${node.signal}" came before the deadline`,
    fix: `send it with: tutti signal ${draft.state.runId} ${node.signal}, after a resume`,
    class: "permanent",
  });
}
