import type { NodeView, RunView } from "../core/view.ts";
import type { Reason } from "../core/why-text.ts";
import type { Notice } from "../ports/notifier.ts";
import { code, inert, timeText, withTimes } from "./markdown.ts";

export interface Handover {
  readonly view: RunView;
  readonly reasons: readonly Reason[];
  readonly notice: Notice;
}

/** A report for whoever takes a run over: what ran, what waits and why, and what to do. Markdown. */
export function handoverReport({ view, reasons, notice }: Handover): string {
  const { id, name } = view;
  const lines = [
    `# Hand-over of run ${id}`,
    "",
    `Workflow **${inert(name)}**, started ${timeText(view.createdAt)}. Written ${timeText(notice.at)}, because`,
    `\`${code(notice.address)}\` has waited for an answer since ${timeText(notice.askedAt)}.`,
    "",
    "## What is asked",
    "",
    ...fence(notice.text),
    "",
    notice.by.length > 0
      ? `It may be answered by ${notice.by.map(inert).join(", ")}.`
      : "Anybody may answer it.",
    ...(notice.dueAt === undefined ? [] : [`The answer is needed before ${timeText(notice.dueAt)}.`]),
    "",
    "## What to do",
    "",
    ...fence(notice.lines.join("\n")),
    "",
    "Then the run goes on by itself, from where it is; nothing that ended well is done again. Instead:",
    "",
    ...fence(
      [
        `tutti show ${id}      # all of its steps, with their output`,
        `tutti why ${id}       # what each of them waits for`,
        `tutti cancel ${id}    # end it as it is`,
      ].join("\n"),
    ),
    "",
    "## What waits, and why",
    "",
    ...reasons.map(
      ({ address, waitsFor, working }) =>
        `- \`${code(address || "the run")}\`: ${working ? "at work: " : ""}${inert(withTimes(waitsFor))}`,
    ),
    "",
    "## What ran",
    "",
    ...ranLines(view),
    "",
    `Spent so far: ${spentText(view)}.`,
    "",
  ];
  return lines.join("\n");
}

/** At most so many steps are listed; the report is for people. */
const mostRows = 200;

function ranLines({ id, nodes }: RunView): readonly string[] {
  const steps = nodes.filter(({ startedAt, kind }) => startedAt !== undefined && !holders.has(kind));
  if (steps.length === 0) return ["Nothing yet."];
  const more = steps.length - mostRows;
  return [
    "| step | state | took | what came of it |",
    "| --- | --- | --- | --- |",
    ...steps.slice(0, mostRows).map(rowOf),
    ...(more > 0 ? ["", `And ${more} more: \`tutti show ${id}\`.`] : []),
  ];
}

const holders: ReadonlySet<string> = new Set(["group", "branch", "loop", "each"]);

function rowOf({ address, status, durationMs = 0, failure, output, attempt }: NodeView): string {
  const tries = attempt > 1 ? ` (${attempt} attempts)` : "";
  const result = failure
    ? `${failure.code}: ${failure.message}`
    : output === undefined
      ? ""
      : JSON.stringify(output);
  return `| ${inert(address)} | ${status}${tries} | ${secondsText(durationMs)} | ${inert(cut(result))} |`;
}

function cut(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function spentText({ ledger }: RunView): string {
  const { costUsd, unknownCosts, agents } = ledger;
  const unknown = unknownCosts > 0 ? ` and ${unknownCosts} attempts of unknown price` : "";
  return `$${costUsd.toFixed(2)}${unknown}, ${agents} starts of agents`;
}

function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** A block of text in a fence longer than any in it; without what a terminal would obey that shows the file. */
function fence(raw: string): readonly string[] {
  const text = raw.replaceAll(/[^\P{Cc}\n\t]/gu, " ");
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const mark = "`".repeat(longest + 1);
  return [`${mark}text`, ...text.split("\n"), mark];
}
