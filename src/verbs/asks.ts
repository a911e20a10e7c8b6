import { answerLines } from "../core/answer-lines.ts";
import { isTooLate, lateText } from "../core/answers.ts";
import { askOf } from "../core/asked.ts";
import { type Answer, type NodeState } from "../core/node.ts";
import type { RunState } from "../core/state.ts";
import type { JsonObject } from "../expression/json.ts";
import { unfinished } from "./batch-runs.ts";
import type { Parts } from "./parts.ts";
import { readState } from "./run-state.ts";

/** Something that a run waits for people with. */
export interface OpenAsk {
  readonly runId: string;
  readonly runName: string;
  readonly address: string;
  /** `interrupted`: a step that says what becomes of it is for a person to decide: rerun or fail. */
  readonly kind: "approval" | "question" | "interrupted";
  /** The gate of the step that asks; absent: the step itself does. */
  readonly gate?: string;
  readonly text: string;
  /** ms since the epoch. */
  readonly askedAt: number;
  readonly dueAt?: number;
  /** Who may answer; empty: anybody. */
  readonly by: readonly string[];
  /** How many different people have to approve. */
  readonly quorum: number;
  readonly answers: readonly Answer[];
  /** JSON Schema of the answer to a question. */
  readonly schema?: JsonObject;
  /** How many levels it was escalated, of how many. */
  readonly level: number;
  readonly levels: number;
  /** Its deadline has passed: what that means. */
  readonly late?: string;
  /** Command lines that answer it; when it is late, the one that goes on without an answer. */
  readonly lines: readonly string[];
}

/** All that people are asked, the oldest first: by one run and those that do its steps, or by all that have not ended. */
export async function listAsks(parts: Parts, runId?: string): Promise<readonly OpenAsk[]> {
  const inside = runId === undefined ? {} : { prefix: `${runId}.` };
  const rows = await parts.store.list({ status: unfinished, ...inside });
  const ids = [...(runId === undefined ? [] : [runId]), ...rows.map((row) => row.runId)];
  const found: OpenAsk[] = [];
  // one after another: a log in memory at a time is enough
  for (const id of ids) found.push(...asksOf(await readState(parts, id), parts.clock.now()));
  return found.toSorted((a, b) => a.askedAt - b.askedAt);
}

/** What a run asks people now. */
export function asksOf(state: RunState, now = state.at): readonly OpenAsk[] {
  return [...state.live].flatMap((node) => openAsk(state, node, now) ?? []);
}

function openAsk(state: RunState, node: NodeState, now: number): OpenAsk | undefined {
  const { address, phase, dueAt } = node;
  const { runId } = state;
  const place = { runId, runName: state.workflow.name, address, lines: answerLines(node, runId) };
  if (phase === "asking") return { ...place, ...interruptedAsk(node) };
  const action = askOf(node);
  if (!node.ask || phase !== "waiting" || !action) return undefined;
  const { by, quorum, escalate, schema } = action;
  const { gate, call: _, choices: __, ...ask } = node.ask;
  return {
    ...place,
    ...ask,
    kind: action.ask,
    ...(gate ? { gate: gate.name } : {}),
    by,
    quorum,
    levels: escalate.length,
    ...(schema === undefined ? {} : { schema }),
    ...(dueAt === undefined ? {} : { dueAt }),
    ...(isTooLate(node, now) ? { late: lateText(node), lines: [`tutti resume ${runId}`] } : {}),
  };
}

function interruptedAsk({ attemptAt, startedAt }: NodeState) {
  return {
    kind: "interrupted",
    text: "It was interrupted: rerun it, or fail?",
    askedAt: attemptAt ?? startedAt ?? 0,
    by: [],
    quorum: 1,
    answers: [],
    schema: { enum: ["rerun", "fail"] },
    level: 0,
    levels: 0,
  } as const;
}
