import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { answerLines } from "../core/answer-lines.ts";
import { askOf } from "../core/asked.ts";
import type { Event, Input } from "../core/events.ts";
import { nodeAt, type RunState } from "../core/state.ts";
import { viewOf } from "../core/view.ts";
import { explain } from "../core/why.ts";
import { isTuttiError, messageOf, TuttiError } from "../errors.ts";
import type { Notice } from "../ports/notifier.ts";
import { handoverReport } from "./handover.ts";
import { sendNotice } from "./notices.ts";
import type { Parts } from "./parts.ts";

export type Escalated = Extract<Event, { type: "ask.escalated" }>;
type Told = Extract<Input, { type: "told" }>;

/**
 * Tells a level of a question where the workflow says so; gives what the run is to note then, so that it is not told
 * again. What could not be told goes to `onTrouble`, and the next process that takes the run up tries again; it never
 * ends the run.
 */
export async function tellEscalation(
  parts: Parts,
  state: RunState,
  event: Escalated,
): Promise<Told | undefined> {
  const { address, level } = event;
  const askedAt = nodeAt(state, address)?.ask?.askedAt;
  if (askedAt === undefined) return undefined;
  try {
    await tell(parts, state, event);
    return { type: "told", address, askedAt, level, at: parts.clock.now() };
  } catch (error) {
    const problem = isTuttiError(error) ? error : failed(messageOf(error));
    parts.onTrouble(
      new TuttiError(problem.code, `${problem.message} (level ${event.level} of "${event.address}")`, {
        fix: problem.fix,
        cause: error,
      }),
    );
    return undefined;
  }
}

/** What was written down in an earlier process, which ended before it was told. */
export function untoldOf(state: RunState): readonly Escalated[] {
  const asking = [...state.live].filter(({ phase }) => phase === "waiting");
  return asking.flatMap(({ ask }) => ask?.untold ?? []).filter(({ notify }) => notify !== undefined);
}

async function tell(parts: Parts, state: RunState, event: Escalated): Promise<void> {
  const { notify, trouble = "" } = event;
  if (notify === undefined) throw failed(trouble);
  const notice = noticeOf(state, event);
  if (!notice) return;
  if (notify === "handover") {
    const report = await writeReport(parts, state, notice);
    return sendNotice(parts, { ...notice, report }, { channel: "terminal", seed: state.seed });
  }
  return sendNotice(parts, notice, { channel: notify, seed: state.seed });
}

function noticeOf(state: RunState, { address, level, at }: Escalated): Notice | undefined {
  const node = nodeAt(state, address);
  const action = node && askOf(node);
  if (!node?.ask || !action) return undefined;
  const { gate, call } = node.ask;
  // a step may ask again: for another gate or call, and after each attempt
  const ofCall = call === undefined ? address : `${address}!call.${node.attempt}`;
  const place = gate ? `${address}!${gate.when}${gate.index}.${node.attempt}` : ofCall;
  const dueAt =
    node.dueAt ?? (action.deadlineMs === undefined ? undefined : node.ask.askedAt + action.deadlineMs);
  return {
    id: `${state.runId}:${state.life}:${place}:${level}`,
    runId: state.runId,
    runName: state.workflow.name,
    address,
    kind: action.ask,
    text: node.ask.text,
    by: action.by,
    level,
    askedAt: node.ask.askedAt,
    at,
    ...(dueAt === undefined ? {} : { dueAt }),
    lines: answerLines(node, state.runId),
  };
}

/** Everything that somebody needs who takes the run over, as a file; gives its path. */
async function writeReport(parts: Parts, state: RunState, notice: Notice): Promise<string> {
  if (!parts.keepsFiles || !state.workflow.saveState) throw failed("nothing of this run is written to disk");
  const folder = join(parts.stateDir, "handover");
  const file = join(folder, `${state.runId}.md`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(file, handoverReport({ view: viewOf(state), reasons: explain(state), notice }), {
    mode: 0o600,
  });
  return file;
}

function failed(why: string): TuttiError {
  return new TuttiError("NOTIFY_FAILED", `Cannot tell that nobody has answered: ${why}`, {
    fix: "correct `escalate:` of the step; what is asked stays open: tutti asks",
  });
}
