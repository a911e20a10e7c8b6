import { answerLines } from "./answer-lines.ts";
import { isTooLate, whatStands } from "./answers.ts";
import { askOf } from "./asked.ts";
import type { ChildLink } from "./child-record.ts";
import type { AskState, NodeState } from "./node.ts";
import type { RunState } from "./state.ts";
import { childText, fixOfBreaker, isPipeline } from "./waiting.ts";
import { timeOf, type Why } from "./why-text.ts";
import { shellWord } from "../expression/shell-word.ts";

/** What a node waits for that is outside of the run: people, a signal, a time, another run. */
export function waitingOutside(state: RunState, node: NodeState, now: number): Why {
  const { runId } = state;
  if (node.child?.status) return waitingForRun(state, node, node.child);
  if (isTooLate(node, now)) return { waitsFor: overdueText(node), fix: `tutti resume ${runId}` };
  if (node.ask) return waitingForPeople(state, node, node.ask);
  const board = boardText(node);
  if (board !== undefined) return { waitsFor: board };
  if (node.signal === undefined) return { waitsFor: `its time, ${timeOf(node.dueAt)}` };
  const until = node.dueAt === undefined ? "" : ` until ${timeOf(node.dueAt)}`;
  return {
    waitsFor: `signal "${node.signal}"${until}`,
    fix: `tutti signal ${runId} ${shellWord(node.signal)}`,
  };
}

/** Longest condition that is told. */
const mostOfCondition = 100;

/** Of a wait for a blackboard: until what is there. */
function boardText({ plan }: NodeState): string | undefined {
  const { action } = plan.step;
  if (action.kind !== "wait" || action.for !== "board") return undefined;
  const { until } = action;
  const cut = until.length > mostOfCondition ? `${until.slice(0, mostOfCondition - 1)}…` : until;
  return `something on the blackboard: ${cut}`;
}

/** What helps this run helps one that stopped at a cap around it. */
function waitingForRun({ runId }: RunState, node: NodeState, child: ChildLink): Why {
  const waitsFor = childText(node, child);
  const goesWithThis =
    child.status === "failed" || child.status === "completed" || child.status === "degraded";
  if (goesWithThis) return { waitsFor };
  if (!isPipeline(node)) return { waitsFor, fix: `tutti why ${child.id}` };
  const fix = fixOfBreaker(waitsFor);
  if (fix !== undefined) return { waitsFor, fix };
  return { waitsFor, fix: `tutti ${child.status === "paused" ? "resume" : "asks"} ${runId}` };
}

/** Its time has come, and no process has seen that yet. */
function overdueText(node: NodeState): string {
  const then = timeOf(node.dueAt);
  if (node.ask) return `a process: its deadline passed at ${then}, and ${whatStands(node)}`;
  if (node.signal === undefined) return `a process: its time came at ${then}`;
  return `a process: its deadline for the signal "${node.signal}" passed at ${then}, and it fails with TIMEOUT`;
}

function waitingForPeople(state: RunState, node: NodeState, { text, answers, gate }: AskState): Why {
  const { by = [], quorum = 1, ask } = askOf(node) ?? {};
  const who = by.length > 0 ? ` by ${listText(by)}` : "";
  const many = quorum > 1 ? ` (${answers.length} of ${quorum} so far)` : "";
  const until = node.dueAt === undefined ? "" : ` until ${timeOf(node.dueAt)}`;
  const [fix = ""] = answerLines(node, state.runId);
  const what = ask === "question" ? "an answer" : "approval";
  const where = gate ? ` for its gate "${gate.name}"` : "";
  return { waitsFor: `${what}${where}${who}${many}${until}: ${text}`, fix };
}

function listText(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1) ?? ""}`;
}
