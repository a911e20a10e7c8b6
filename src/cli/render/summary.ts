import type { NodeView, RunView } from "../../core/view.ts";
import type { Reason } from "../../core/why-text.ts";
import { decidedLines } from "./decided.ts";
import { acceptedLines, missingLines } from "./missing.ts";
import type { Span } from "./lines.ts";
import type { Shown } from "./out.ts";
import { failedItself, isHolder, leftUndone } from "./parts.ts";
import { recordLines } from "./pipeline-lines.ts";
import type { ShownPipeline } from "./pipeline-words.ts";
import { reasonLine } from "./reasons.ts";
import {
  cachedText,
  costText,
  cutOffCost,
  countText,
  durationText,
  numberText,
  statusTone,
  statusWord,
  type ShownStatus,
  withLocalTimes,
} from "./words.ts";

/** Everything the end of a run says. */
export interface Ending {
  readonly view: RunView;
  /** Left as it was, to be resumed. */
  readonly stopped: boolean;
  /** Last lines of the steps that failed, by address. */
  readonly tails: ReadonlyMap<string, readonly string[]>;
  /** What the run waits for, when that is outside. */
  readonly waitsFor: readonly Reason[];
  /** Its pipelines that have begun. */
  readonly pipelines?: readonly ShownPipeline[];
  /** How many files its own tree has that could be brought to a branch. */
  readonly toLand?: number;
  /** The file with the statement of what is missing. */
  readonly statement?: string | undefined;
  /** The next thing to type. */
  readonly next: string | undefined;
  /** When to type something more than that. */
  readonly hint?: string | undefined;
}

const order = ["verified", "claimed", "failed", "blocked", "cancelled", "skipped"] as const;

/** How many steps and waits are in each state; what never began is `not-run`, what was stopped is `interrupted`. */
function stateCounts({ view, stopped }: Pick<Ending, "view" | "stopped">): Map<ShownStatus, number> {
  const counts = new Map<ShownStatus, number>(order.map((status) => [status, view.counts[status]]));
  for (const node of view.nodes) {
    if (isHolder(node) || isEnded(node) || node.undoes !== undefined || node.passedOver) continue;
    const status = countedStatus(node, stopped);
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  // Steps of items that were not begun are no nodes yet.
  const known = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const unbegun = view.counts.total - known;
  if (unbegun > 0) counts.set("not-run", (counts.get("not-run") ?? 0) + unbegun);
  return counts;
}

function isEnded({ status }: NodeView): boolean {
  return (order as readonly string[]).includes(status);
}

function countedStatus({ status }: NodeView, stopped: boolean): ShownStatus {
  switch (status) {
    case "pending":
    case "ready":
      return "not-run";
    case "before":
    case "running":
    case "settling":
    case "gates":
      return stopped ? "interrupted" : status;
    default:
      return status;
  }
}

/** The truth about a run at its end. */
export function summaryLines(ending: Ending): Shown[] {
  const { view, next, hint, waitsFor, pipelines = [] } = ending;
  return [
    headLine(ending),
    countsLine(ending),
    ...recordLines(pipelines, { runId: view.id }),
    usageLine(ending),
    ...whyNotLines(ending),
    ...failureLines(ending),
    ...missingLines(view, ending.statement === undefined ? {} : { statement: ending.statement }),
    ...acceptedLines(view),
    ...notUndoneLines(view),
    ...waitsFor.map((reason) => reasonLine(reason)),
    ...decidedLines(view),
    ...landLines(ending),
    ...(next === undefined
      ? []
      : [["  next: ", { text: next, bold: true }, hint === undefined ? "" : `   (${hint})`]]),
  ];
}

function landLines({ toLand = 0, view: { id } }: Ending): Shown[] {
  if (toLand === 0) return [];
  const brings = toLand === 1 ? "brings it" : "brings them";
  return [
    [
      `  changed ${countText(toLand, "file")} in a tree of its own: `,
      { text: `tutti land ${id}`, bold: true },
      ` ${brings} to your branch`,
    ],
  ];
}

function headLine({ view, stopped }: Ending): Shown {
  const status: ShownStatus = stopped ? "interrupted" : view.status;
  return [
    { text: statusWord(status), tone: statusTone(status), bold: true },
    ` ${view.name} · run ${view.id} · ${durationText(view.updatedAt - view.createdAt)}`,
  ];
}

function countsLine({ view, stopped }: Ending): Shown {
  const parts = [...stateCounts({ view, stopped })]
    .filter(([, count]) => count > 0)
    .map(([status, count]) => ({
      text: `${numberText(count)} ${statusWord(status)}${status === "claimed" ? " (no check declared)" : ""}`,
      tone: statusTone(status),
    }));
  const reused = view.counts.reused > 0 ? ` · ${numberText(view.counts.reused)} reused` : "";
  const undone = view.nodes.filter(({ undo }) => undo === "undone").length;
  const taken = undone > 0 ? ` · ${numberText(undone)} undone` : "";
  const cached = view.ledger.cached > 0 ? ` · ${numberText(view.ledger.cached)} from the cache` : "";
  const separated = [...parts, ...failedHolders(view)].flatMap((part, index) =>
    index === 0 ? [part] : [" · ", part],
  );
  return [`  ${countText(view.counts.total, "step")}: `, ...separated, `${taken}${reused}${cached}`];
}

/** Blocks that failed though nothing in them did: they are no steps, and are told beside them. */
function failedHolders({ nodes }: RunView): readonly Span[] {
  const failed = nodes.filter((node) => isHolder(node) && failedItself(node));
  const byName = Map.groupBy(failed, ({ kind }) => holderNames[kind] ?? "block");
  return [...byName].map(([name, { length }]) => ({
    text: `${countText(length, name)} failed`,
    tone: statusTone("failed"),
  }));
}

const holderNames: Readonly<Partial<Record<NodeView["kind"], string>>> = {
  loop: "loop",
  each: "list",
  branch: "branch",
};

function usageLine({ view, stopped }: Ending): string {
  const { ledger } = view;
  if (ledger.agents === 0) return "  no agent was asked";
  const tokens = ledger.inputTokens + ledger.outputTokens;
  const attempts = countText(ledger.agents, "agent attempt");
  return `  cost ${costText(stopped ? cutOffCost(view) : ledger)} · ${numberText(tokens)} tokens${cachedText(ledger)} · ${attempts}`;
}

function whyNotLines({ view, stopped }: Ending): Shown[] {
  if (stopped) return ["  everything found of what it had started was stopped; what was finished is kept"];
  if (view.reason === undefined) return [];
  if (view.status === "completed") return [`  but ${view.reason}`];
  if (isToldBelow(view)) return [];
  return [`  why: ${withLocalTimes(view.reason)}`];
}

/** At most so many failed steps are shown in full. */
const mostFailures = 5;

/** The run failed because of one step, whose own lines say the same. */
function isToldBelow({ nodes, reason }: RunView): boolean {
  const shown = nodes.filter((node) => failedItself(node)).slice(0, mostFailures);
  return shown.some(({ address, failure }) => reason === `"${address}" failed: ${failure?.message}`);
}

function failureLines({ view, tails, next }: Ending): Shown[] {
  const failed = view.nodes.filter((node) => failedItself(node));
  const shown = failed
    .slice(0, mostFailures)
    .flatMap((node) => failedLines(node, { tail: tails.get(node.address) ?? [], next }));
  const rest = failed.length - mostFailures;
  return rest > 0 ? [...shown, `  and ${countText(rest, "more failed step")}: tutti show ${view.id}`] : shown;
}

/** What was to be undone and was not, loud and by name. */
function notUndoneLines({ nodes }: RunView): Shown[] {
  const left = leftUndone(nodes).map(({ address }) => address);
  if (left.length === 0) return [];
  const named = left.slice(0, mostFailures).join(", ");
  const rest = left.length - mostFailures;
  const text = `  NOT UNDONE: ${named}${rest > 0 ? ` and ${numberText(rest)} more` : ""}; what they did is still there`;
  return [[{ text, tone: "bad", bold: true }]];
}

function failedLines(
  { address, failure, reason, passedOver }: NodeView,
  { tail, next }: { readonly tail: readonly string[]; readonly next: string | undefined },
): Shown[] {
  // what is to be typed next is told once
  const fix = next !== undefined && failure?.fix?.endsWith(`: ${next}`) ? undefined : failure?.fix;
  const what = failure ? `${failure.code}: ${failure.message}` : (reason ?? "it failed");
  if (passedOver)
    return [
      ["  ", { text: address, bold: true }, ` ${what}`, { text: " (the next way was taken)", dim: true }],
    ];
  return [
    ["  ", { text: address, tone: "bad", bold: true }, ` ${what}`],
    ...tail.map((text) => ["    | ", { text, dim: true }]),
    ...(fix === undefined ? [] : [`    fix: ${fix}`]),
  ];
}

/** The same for programs. */
export function summaryJson(ending: Ending, exitStatus: number): object {
  const { view, stopped, next, toLand = 0, pipelines = [] } = ending;
  const { id, name, status, reason, ledger, inputs } = view;
  const failures = view.nodes.filter((node) => failedItself(node));
  return {
    type: "run.summary",
    id,
    name,
    status: stopped ? "interrupted" : status,
    exitStatus,
    ...(reason === undefined ? {} : { reason }),
    counts: {
      ...Object.fromEntries(stateCounts({ view, stopped })),
      total: view.counts.total,
      reused: view.counts.reused,
    },
    ledger,
    durationMs: view.updatedAt - view.createdAt,
    inputs,
    ...(view.missing === undefined ? {} : { missing: view.missing }),
    ...(view.accepted === undefined ? {} : { accepted: view.accepted }),
    ...undoJson(view),
    ...(pipelines.length === 0 ? {} : { pipelines }),
    ...(toLand === 0 ? {} : { filesToLand: toLand }),
    failures: failures.map(({ address, failure, reason: why, passedOver }) => ({
      address,
      failure,
      reason: why,
      ...(passedOver ? { passedOver } : {}),
    })),
    ...(next === undefined ? {} : { next }),
  };
}

function undoJson({ nodes }: RunView): object {
  const named = (wanted: readonly NodeView[]): readonly string[] => wanted.map(({ address }) => address);
  const undone = named(nodes.filter(({ undo }) => undo === "undone"));
  const left = named(leftUndone(nodes));
  return undone.length + left.length === 0 ? {} : { undone, notUndone: left };
}
