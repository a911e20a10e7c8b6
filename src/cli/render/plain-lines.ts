import { type AskEvent, askLine } from "./ask-line.ts";
import type { Event } from "../../core/events.ts";
import type { Failure } from "../../core/outcome.ts";
import { keptText, toldText } from "./memory.ts";
import { shortText } from "./request.ts";
import { countsText } from "./votes.ts";
import { capText, clockText, countText, dateTimeText, oneLine, withLocalTimes } from "./words.ts";

export type Of<T extends Event["type"]> = Extract<Event, { type: T }>;
type RunEvent = Of<
  | "run.status"
  | "run.stopped"
  | "run.restarted"
  | "run.control"
  | "limit.reached"
  | "limit.passed"
  | "signal.received"
>;

export function lineOfRun(event: RunEvent): readonly string[] {
  const { at } = event;
  switch (event.type) {
    case "run.status":
      return [line(at, "run", statusText(event))];
    case "run.stopped":
      return [line(at, "run", `stopped${because(event.reason)}`)];
    case "run.restarted":
      return [line(at, "run", `goes on${because(event.reason)}`)];
    case "run.control":
      return [
        line(
          at,
          "asked",
          `to ${event.verb}${event.undo ? " and undo" : ""}${event.by ? ` by ${oneLine(event.by)}` : ""}${because(event.reason)}`,
        ),
      ];
    case "limit.reached":
      return [line(at, "limit", capText(event))];
    case "limit.passed":
      return [line(at, "limit", `${capText(event)}${isDayPassed(event) ? "" : "; it is only told"}`)];
    case "signal.received":
      return [line(at, "signal", `${oneLine(event.name)}${event.by ? ` by ${oneLine(event.by)}` : ""}`)];
  }
}

/** Where it is enforced, too, a call can take more than it was to. */
function isDayPassed({ limit, used, cap }: Extract<Event, { type: "limit.passed" }>): boolean {
  return limit === "dayUsd" && used > cap;
}

/** A run is taken up for every answer; only that its process ended is worth a word of its own. */
function statusText({ to, reason = "" }: Of<"run.status">): string {
  return to === "recovering" && reason === "taken up again" ? reason : `${to}${because(reason)}`;
}

export function lineOfNode(event: Event): readonly string[] {
  switch (event.type) {
    case "gate.ended":
      return event.passed ? [] : [gateLine(event)];
    case "gate.queued":
      return judgeLines(event);
    case "wait.started":
      return [line(event.at, "waiting", `${shown(event.address)}${waitText(event)}`)];
    case "board.posted":
      return boardLines(event);
    case "votes.counted":
      return countedLines(event);
    case "memory.written":
      return [memoryLine(event, keptText(event.written))];
    case "stage.ended":
      return stageLines(event);
    case "child.waits":
      return [childLine(event)];
    case "letters.replayed":
      return [
        line(
          event.at,
          "replayed",
          `${shown(event.address)}: ${countText(event.letters.length, "dead letter")}`,
        ),
      ];
    case "attempt.interrupted":
      return [line(event.at, "interrupted", `${shown(event.address)}: ${interruptTexts[event.then]}`)];
    case "result.reused":
      return [line(event.at, "reused", shown(event.address))];
    default:
      return [];
  }
}

/** When it is tried again, and why; what made another agent take over, where that is known. */
export function retryLine(event: Of<"retry.scheduled">, failure: Failure | undefined): string {
  const { at, address, attempt, dueAt, because: why, agent, decided } = event;
  if (decided) {
    const how = decided.allow ? "with the call that was allowed" : "without the call that was denied";
    return line(at, "goes on", `${shown(address)} ${how}`);
  }
  const to = agent === undefined ? "" : ` to ${oneLine(agent)}`;
  const cause = failure && why === "failover" ? ` (${failureText(failure)})` : "";
  const text = `${shown(address)}${again(attempt + 1)} at ${clockText(dueAt)}: ${why}${to}${cause}`;
  return line(at, "retry", text);
}

/** Another agent judges in the place of the one that could not. */
function judgeLines({ at, address, gate, again: asked }: Of<"gate.queued">): readonly string[] {
  const { agent, failure } = asked ?? {};
  if (agent === undefined) return [];
  const cause = failure ? ` (${failureText(failure)})` : "";
  return [
    line(at, "retry", `${shown(address)} "${oneLine(gate.name)}": failover to ${oneLine(agent)}${cause}`),
  ];
}

export function askLines(event: AskEvent): readonly string[] {
  const { word, text } = askLine(event);
  return [line(event.at, word, text)];
}

const interruptTexts = {
  rerun: "runs again",
  fail: "fails, as its on_interrupt says",
  ask: "waits for an answer",
} as const;

function gateLine({ at, address, gate, evidence }: Of<"gate.ended">): string {
  const exitCode = evidence["exit_code"];
  const detail = typeof exitCode === "number" ? `, exit status ${exitCode}` : "";
  const summary = typeof evidence["summary"] === "string" ? `: ${oneLine(evidence["summary"])}` : "";
  const text = `${shown(address)} "${oneLine(gate.name)}" did not hold (${gate.level}${detail})${summary}`;
  return line(at, "gate", text);
}

/** What others decided was counted before. */
function countedLines({ at, address, decision }: Of<"votes.counted">): readonly string[] {
  const { decided_by: by } = decision;
  if (by === "judge" || by === "human") return [];
  return [line(at, "counted", `${shown(address)}: ${countsText(decision)}`)];
}

function memoryLine({ at, address }: Of<"memory.written" | "stage.ended">, text: string): string {
  return line(at, "memory", `${shown(address)}: ${text}`);
}

/** What a pipeline waits for is told as that of a run inside; others wait for their turn. */
function stageLines(event: Of<"stage.ended">): readonly string[] {
  const { at, address, record } = event;
  const { stage, waits, memory } = record;
  if (stage === "pipeline" && waits)
    return [line(at, "waiting", `${shown(address)} for ${oneLine(withLocalTimes(waits))}`)];
  return memory?.trouble === undefined ? [] : [memoryLine(event, toldText(memory))];
}

/** Of many entries under a topic only how many there are. */
function boardLines({ at, address, by, entries, refused = [] }: Of<"board.posted">): readonly string[] {
  const topics = [...new Set(entries.map(({ topic }) => topic))].map((topic) => {
    const count = entries.filter((entry) => entry.topic === topic).length;
    return count === 1 ? oneLine(topic) : `${oneLine(topic)} (${count})`;
  });
  const told =
    topics.length === 0 ? [] : [line(at, "posted", `${shown(address)} ${oneLine(by)}: ${topics.join(", ")}`)];
  return [
    ...told,
    ...refused.map((why) => line(at, "refused", `${shown(address)} ${oneLine(by)}: ${oneLine(why)}`)),
  ];
}

/** Longest condition that is told beside much else; `tutti show RUN NODE` has all of it. */
const mostOfCondition = 100;

function waitText({ signal, board, dueAt }: Of<"wait.started">): string {
  if (board !== undefined) return ` for the blackboard: ${shortText(board, mostOfCondition)}`;
  const what = signal === undefined ? "" : ` for signal "${oneLine(signal)}"`;
  return dueAt === undefined ? what : `${what} until ${dateTimeText(dueAt)}`;
}

function childLine(event: Of<"child.waits">): string {
  const { at, address, child, status, reason } = event;
  return status === "failed"
    ? line(at, "stopped", `${shown(address)} with run ${child}${because(reason)}`)
    : line(at, "waiting", `${shown(address)} for run ${child}${childText(event)}`);
}

/** The same of a pipeline, which no other run does. */
export function pipelineLine(event: Of<"child.waits">): string {
  const { at, address, status, reason } = event;
  if (status === "failed") return line(at, "stopped", `${shown(address)}${because(reason)}`);
  if (status === "paused") return line(at, "paused", shown(address));
  return line(at, "waiting", `${shown(address)}${childText(event).replace(", which waits", "")}`);
}

function childText({ status, reason, dueAt }: Of<"child.waits">): string {
  if (status === "paused") return ", which is paused";
  const until = dueAt === undefined ? "" : ` until ${dateTimeText(dueAt)}`;
  return `, which waits${reason === undefined ? "" : ` for ${oneLine(withLocalTimes(reason))}`}${until}`;
}

/** A failure in one line: its code and what is the case. */
export function failureText({ code, message }: Failure): string {
  return `${code}: ${oneLine(message)}`;
}

export function line(at: number, word: string, text: string): string {
  return `${clockText(at)} ${word.padEnd(10)} ${text}`;
}

export function shown(address: string): string {
  return address === "" ? "workflow" : oneLine(address);
}

export function again(attempt: number): string {
  return attempt > 1 ? ` attempt ${attempt}` : "";
}

export function because(reason: string | undefined): string {
  return reason === undefined || reason === "" ? "" : `: ${oneLine(withLocalTimes(reason))}`;
}
