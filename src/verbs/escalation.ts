import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { answerLines } from "../core/answer-lines.ts";
import { askOf } from "../core/asked.ts";
import { type Event } from "../core/events.ts";
import { secretMarker } from "../core/effects.ts";
import { nodeAt, type RunState } from "../core/state.ts";
import { viewOf } from "../core/view.ts";
import { explain } from "../core/why.ts";
import { isTuttiError, messageOf, TuttiError } from "../errors.ts";
import type { Notice, Notifier } from "../ports/notifier.ts";
import { handoverReport } from "./handover.ts";
import type { Parts } from "./parts.ts";

type Escalated = Extract<Event, { type: "ask.escalated" }>;

/**
 * Tells a level of a question where the workflow says so, once: a process that ends right after the event tells it no
 * more, and the next level comes all the same. What could not be told goes to `onTrouble`; it never ends the run.
 */
export async function tellEscalation(parts: Parts, state: RunState, event: Escalated): Promise<void> {
  try {
    await tell(parts, state, event);
  } catch (error) {
    const problem = isTuttiError(error) ? error : failed(messageOf(error));
    parts.onTrouble(
      new TuttiError(problem.code, `${problem.message} (level ${event.level} of "${event.address}")`, {
        fix: problem.fix,
        cause: error,
      }),
    );
  }
}

async function tell(parts: Parts, state: RunState, event: Escalated): Promise<void> {
  const { notify, trouble = "" } = event;
  if (notify === undefined) throw failed(trouble);
  const notice = noticeOf(state, event);
  if (!notice) return;
  if (notify === "handover") {
    const report = await writeReport(parts, state, notice);
    return notifierOf(parts, "terminal").notify({ ...notice, report }, "");
  }
  if (typeof notify === "string") return notifierOf(parts, notify).notify(notice, "");
  if ("webhook" in notify) {
    return notifierOf(parts, "webhook").notify(notice, withSecrets(parts, state, notify.webhook));
  }
  if ("command" in notify) return notifierOf(parts, "command").notify(notice, notify.command);
  return notifierOf(parts, "file").notify(notice, notify.file);
}

function notifierOf({ notifiers }: Parts, kind: Notifier["kind"]): Notifier {
  const found = notifiers.get(kind);
  if (found) return found;
  throw failed(`there is no notifier "${kind}" here`);
}

function noticeOf(state: RunState, { address, level, at }: Escalated): Notice | undefined {
  const node = nodeAt(state, address);
  const action = node && askOf(node);
  if (!node?.ask || !action) return undefined;
  const { gate } = node.ask;
  // a step may ask again: for another gate, and after each attempt
  const place = gate ? `${address}!${gate.when}${gate.index}.${node.attempt}` : address;
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

/** The URL with the values of its secrets. */
function withSecrets({ secrets }: Parts, { seed }: RunState, url: string): string {
  const [start = "", end = ""] = secretMarker(seed, "\0").split("\0");
  return url
    .split(start)
    .map((part, index) => {
      if (index === 0) return part;
      const [name = "", ...rest] = part.split(end);
      const value = secrets(name);
      if (value) return value + rest.join(end);
      throw new TuttiError(
        "SECRET_MISSING",
        `Cannot call the webhook: the secret "${name}" has no value here`,
        {
          fix: "set it in the environment, or name the variable that holds it under `secrets:` of tutti.yaml",
        },
      );
    })
    .join("");
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
