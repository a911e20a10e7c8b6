import type { NodeView, RunView } from "../../core/view.ts";
import type { LandingFacts } from "../landings.ts";
import { runBudgetLines } from "./budget.ts";
import { decidedLines } from "./decided.ts";
import { interruptedText } from "./end-line.ts";
import { factsText, short, shownStatus, statusSpan } from "./node.ts";
import { landedOnLines } from "./landed.ts";
import { acceptedLines, missingLines } from "./missing.ts";
import { type OutlineLine, outlineOf } from "./outline.ts";
import type { Shown } from "./out.ts";
import { judgedLines, partsText, undoOfWorkflow } from "./parts.ts";
import { figuresLines } from "./pipeline-lines.ts";
import type { ShownPipeline } from "./pipeline-words.ts";
import { titleText } from "./title.ts";
import {
  costText,
  cutOffCost,
  dateTimeText,
  durationText,
  moneyText,
  namedText,
  type ShownStatus,
  statusTone,
  statusWord,
  withLocalTimes,
} from "./words.ts";

/** A run as a tree of its nodes. */
export function runLines(
  view: RunView,
  {
    status,
    pausing,
    landing,
    now,
    ...streams
  }: Streams & {
    readonly status: ShownStatus;
    readonly pausing: string | undefined;
    readonly landing: LandingFacts;
    readonly now: number;
  },
): Shown[] {
  const inputs = Object.entries(view.inputs);
  const interrupted = status === "interrupted";
  const reason = reasonText(interrupted ? interruptedText(view.id) : (pausing ?? view.reason));
  return [
    [{ text: view.name, bold: true }, ` · run ${view.id} · `, statusSpan(status), reason],
    `  started ${dateTimeText(view.createdAt)} · took ${durationText(tookMs(view, { status, now }))} · cost ${costText(interrupted ? cutOffCost(view) : view.ledger)}${elsewhereText(view)}`,
    ...workspaceLines(view),
    ...decidedLines(view),
    ...landedOnLines(view.id, landing),
    ...runBudgetLines(view.budget),
    ...missingLines(view),
    ...acceptedLines({ ...view, nodes: [] }),
    ...inputs.map(([name, value]) => `  input ${name} = ${short(value ?? null)}`),
    "",
    ...knownLines(view),
    ...outlineOf(view.nodes).flatMap((line) =>
      outlineLines(line, { ...streams, runId: view.id, interrupted }),
    ),
  ];
}

/** The log of a run ends with what happened last: one that is at work has worked since then, too. */
function tookMs(
  { ledger, updatedAt }: RunView,
  { status, now }: { readonly status: ShownStatus; readonly now: number },
): number {
  return ledger.activeMs + (statusTone(status) === "busy" ? Math.max(0, now - updatedAt) : 0);
}

/** What stays done in a run that was started anew, and has not gone on since. */
function knownLines({ nodes, life, known = [] }: RunView): readonly string[] {
  if (nodes.length > 0 || life === 1) return [];
  return [`  nothing has begun in it since; stays done: ${known.length > 0 ? namedText(known) : "nothing"}`];
}

/** Where its files are. */
function workspaceLines({ workspace, id }: RunView): readonly string[] {
  if (!workspace) return [];
  const where = workspace.mode === "shared" ? "the project's folder" : "a tree of its own";
  return [`  works in ${where} · tutti checkpoints ${id} · tutti show ${id} --diff`];
}

/** What lies in a node, as a tree. */
export function insideLines(
  view: RunView,
  { address, ...options }: Streams & { readonly address: string; readonly interrupted: boolean },
): Shown[] {
  return outlineOf(view.nodes, address).flatMap((line) => outlineLines(line, { ...options, runId: view.id }));
}

function reasonText(reason: string | undefined): string {
  return reason === undefined ? "" : ` · ${withLocalTimes(reason)}`;
}

/** What is known of its pipelines, and how wide their tables may be. */
interface Streams {
  readonly pipelines: readonly ShownPipeline[];
  readonly width?: number | undefined;
}

interface LineOptions extends Streams {
  readonly runId: string;
  /** Nobody drives the run, so nothing of it is at work. */
  readonly interrupted: boolean;
}

function outlineLines({ node, rest, depth }: OutlineLine, options: LineOptions): Shown[] {
  const indent = "  ".repeat(depth + 1);
  if (!node) return [[indent, { text: rest, dim: true }]];
  const judged = judgedLines(node).map((text): Shown => [`${indent}${" ".repeat(12)}`, { text, dim: true }]);
  return [nodeLine(node, { ...options, indent }), ...judged, ...streamLines(node, { ...options, indent })];
}

function streamLines(
  node: NodeView,
  { pipelines, indent, ...options }: LineOptions & { readonly indent: string },
): Shown[] {
  const found = pipelines.find(({ address }) => address === node.address);
  if (found) return figuresLines(found, { ...options, indent: `${indent}  ` });
  return isWithoutFigures(node) ? [[`${indent}  `, { text: "its figures are not here", dim: true }]] : [];
}

/** It came to something, and nothing is here of how: its run was brought here, or the figures were lost. */
function isWithoutFigures({ action, status, reused }: NodeView): boolean {
  return action === "pipeline" && !reused && (status === "verified" || status === "claimed");
}

function nodeLine(node: NodeView, { interrupted, indent }: LineOptions & { readonly indent: string }): Shown {
  const status = shownStatus(node, { interrupted });
  return [
    indent,
    { text: statusWord(status).padEnd(11), tone: statusTone(status) },
    ` ${node.address}${node.undoes === "" ? ` (${undoOfWorkflow})` : ""} `,
    { text: `${partsText(node) ?? titleText(node, 100)}${factsText(node)}`, dim: true },
  ];
}

/** What of the cost stands at no step, so that those of the steps are no mystery. */
function elsewhereText({ elsewhereUsd, life }: RunView): string {
  if (elsewhereUsd === undefined) return "";
  return `, ${moneyText(elsewhereUsd)} of it in ${life > 1 ? "earlier lives" : "rounds that are not kept"}`;
}
