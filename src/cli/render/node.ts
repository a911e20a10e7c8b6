import type { GateView, NodeView } from "../../core/view.ts";
import type { Json } from "../../expression/json.ts";
import type { Attempt } from "../attempts.ts";
import { askFact, askLines } from "./ask-facts.ts";
import { boardLines, swarmLines } from "./board.ts";
import { candidateLines, choiceText } from "./choice.ts";
import { contextOf, contextText } from "./context.ts";
import { resultLines } from "./gate-lines.ts";
import type { Span } from "./lines.ts";
import { memoryLines } from "./memory.ts";
import type { Shown } from "./out.ts";
import { judgedLines, partsText, seenText } from "./parts.ts";
import { failureText } from "./plain-lines.ts";
import { thinkingText } from "./thinking.ts";
import { titleText } from "./title.ts";
import { decisionIn, decisionLines } from "./votes.ts";
import {
  cachedText,
  countText,
  dateTimeText,
  durationText,
  moneyText,
  numberText,
  oneLine,
  type ShownStatus,
  statusTone,
  statusWord,
  stepCostText,
  withLocalTimes,
} from "./words.ts";

export function statusSpan(status: ShownStatus): Span {
  return { text: statusWord(status), tone: statusTone(status) };
}

/** `interrupted`: nobody drives the run, so nothing of it is at work. */
export function shownStatus(
  { status, undo }: NodeView,
  { interrupted }: { readonly interrupted: boolean },
): ShownStatus {
  const shown: ShownStatus = undo ?? status;
  return interrupted && statusTone(shown) === "busy" ? "interrupted" : shown;
}

/** What there is to say about a node besides its state. */
export function factsText(node: NodeView): string {
  const { attempt, costUsd, reused, cached, reason = "", status } = node;
  // What failed in it says more.
  const failure = node.failedWithin ? undefined : node.failure;
  const facts = [
    timeText(node),
    askFact(node),
    childFact(node),
    streamFact(node),
    waitsFact(node),
    attempt > (status === "stopped" ? 0 : 1) ? countText(attempt, "attempt") : "",
    costUsd === 0 ? "" : `cost ${stepCostText(node)}`,
    reused ? "reused" : "",
    cached ? "from the cache" : "",
    failure ? `${failure.code}: ${failure.message}` : withLocalTimes(reason),
  ].filter((fact) => fact !== "");
  return facts.length > 0 ? ` · ${facts.join(" · ")}` : "";
}

/** What keeps it from being begun. */
function waitsFact({ waits }: NodeView): string {
  return waits === undefined ? "" : `waits for ${oneLine(withLocalTimes(waits))}`;
}

function childLines({ child }: NodeView): Shown[] {
  return child ? [`  see: tutti show ${child.id}`] : [];
}

/** The run that does it, where it is looked up. */
function childFact({ child, status }: NodeView): string {
  if (!child) return "";
  const why =
    child.status === "paused"
      ? "is paused"
      : `waits for ${withLocalTimes(child.reason ?? "something outside")}`;
  return status === "waiting" && child.status ? `run ${child.id} ${why}` : `run ${child.id}`;
}

/** What keeps a pipeline from going on. */
function streamFact({ stream, status }: NodeView): string {
  if (status !== "waiting" || stream?.status === undefined) return "";
  return stream.status === "paused"
    ? "is paused"
    : `waits for ${withLocalTimes(stream.reason ?? "something outside")}`;
}

/** How long it took, or until when it waits. */
function timeText({ status, startedAt, endedAt, downMs = 0, dueAt }: NodeView): string {
  if (status === "waiting" && dueAt !== undefined) return `until ${dateTimeText(dueAt)}`;
  return startedAt !== undefined && endedAt !== undefined ? durationText(endedAt - startedAt - downMs) : "";
}

/** All that is known of one node; earlier attempts too, where there was more than one. */
export function nodeLines(
  node: NodeView,
  { attempts, interrupted }: { readonly attempts: readonly Attempt[]; readonly interrupted: boolean },
): Shown[] {
  const { address, action, decision, rounds, items } = node;
  const title = attempts.at(-1)?.request ?? titleText(node);
  const status = shownStatus(node, { interrupted });
  return [
    [{ text: address, bold: true }, " · ", statusSpan(status), ` · ${action}${factsText(node)}`],
    ...(decision || rounds || items ? [] : [action === "branch" ? `  undecided: ${title}` : `  ${title}`]),
    ...partsLines(node),
    ...askLines(node),
    ...childLines(node),
    ...kindLines(node),
    ...askedLines(attempts.at(-1)),
    ...memoryLines(node),
    ...tokenLines(node),
    ...(node.failure?.fix === undefined ? [] : [`  fix: ${node.failure.fix}`]),
    ...(node.exitCode === undefined ? [] : [`  exit status ${node.exitCode}`]),
    ...historyLines(node, attempts),
    ...resultsOf(node),
  ];
}

/** What its last attempt used, where its agent says so. */
function tokenLines({ usage }: NodeView): Shown[] {
  if (!usage || usage.inputTokens + usage.outputTokens === 0) return [];
  const { inputTokens, outputTokens } = usage;
  return [`  tokens: ${numberText(inputTokens)} in${cachedText(usage)}, ${numberText(outputTokens)} out`];
}

/** How long its agent was told to think, and what went into its prompt. */
function askedLines(last: Attempt | undefined): Shown[] {
  const context = last && contextOf(last);
  return [
    ...(last?.thinking ? [`  thinking: ${thinkingText(last.thinking)}`] : []),
    ...(context ? [`  context: ${contextText(context)} · see --context`] : []),
  ];
}

/** How it decided, round by round; or how many items and steps there are. */
function partsLines(node: NodeView): Shown[] {
  const { decision, item } = node;
  const forItem = item === undefined ? [] : [`  item: ${short(item)}`];
  const decided = decision ? decidedLines(decision) : [];
  const stands = decision === undefined ? partsText(node) : `way: ${decision.way ?? "none"}`;
  const lines = [...(stands === undefined ? [] : [stands]), ...judgedLines(node)].map((text) => `  ${text}`);
  const choice = decision?.choice ? chosenLines(decision.choice) : [];
  return [...forItem, ...decided, ...lines, ...choice];
}

/** On what grounds a way was chosen by what has worked. */
function decidedLines({ tried = [], saw, unsaid }: NonNullable<NodeView["decision"]>): readonly string[] {
  return [
    ...tried.map(({ way, error }) => `  ${way} failed: ${oneLine(error.message)}`),
    ...saw.map((seen) => `  ${seen.way}: ${seenText(seen)}`),
    ...(unsaid === undefined ? [] : [`  and ${countText(unsaid, "way")} more`]),
  ];
}

function chosenLines(choice: NonNullable<NonNullable<NodeView["decision"]>["choice"]>): readonly string[] {
  return [`  chosen by: ${choiceText(choice)}`, ...candidateLines(choice).map((line) => `    ${line}`)];
}

/** What kind of failure it was, how much it matters, and what tutti does about such a one. */
function kindLines({ failure }: NodeView): Shown[] {
  const { kind, severity } = failure ?? {};
  return kind === undefined || severity === undefined ? [] : [`  kind: ${kind}, ${severity}`];
}

/** The gates; with the attempts they belong to, where there was more than one. */
function historyLines({ gates, action }: NodeView, attempts: readonly Attempt[]): Shown[] {
  const simple = attempts.length <= 1 && attempts.every(({ interruptions }) => interruptions === 0);
  if (simple) return gates.flatMap((gate) => gateLines(gate, action));
  return [
    ...gates.filter(({ when }) => when === "before").flatMap((gate) => gateLines(gate, action)),
    ...attempts.flatMap((attempt) => attemptLines(attempt)),
  ];
}

function resultsOf(view: NodeView): Shown[] {
  const { changedFiles = [], undeclared = [], notKept = [], artifacts = {}, board } = view;
  const kept = Object.entries(artifacts).map(([name, id]) => `${name}: ${id}`);
  const said = changedFiles.filter((path) => !undeclared.includes(path));
  return [
    ...listLines("changed", said),
    ...listLines("changed, though it does not say so in `writes`:", undeclared),
    ...notKept.map((line): Shown => [{ text: "  not kept", tone: "warn" }, `: ${oneLine(line)}`]),
    ...listLines("kept whole", kept),
    ...(board ? boardLines(board) : []),
    ...givenLines(view),
  ];
}

function givenLines({ output, board }: NodeView): readonly Shown[] {
  if (output === undefined) return [];
  const ofSwarm = board && swarmLines(board, output);
  if (ofSwarm) return ofSwarm;
  const decision = decisionIn(output);
  return decision ? decisionLines(decision) : ["  output:", ...outputLines(output)];
}

function gateLines(gate: GateView, action: string): Shown[] {
  const early = action === "gates" ? "at the end of the run" : "before the first attempt";
  const when = gate.when === "before" ? early : `attempt ${gate.attempt}`;
  return resultLines(gate, { indent: "  ", about: ` (${gate.level}, ${when})` });
}

function attemptLines(attempt: Attempt): Shown[] {
  const { startedAt, endedAt, downMs = 0, earlier, cached, gates, agent, costUsd = 0 } = attempt;
  const by = agent === undefined ? "" : ` by ${oneLine(agent)}`;
  const took = endedAt === undefined ? "" : `, ${durationText(endedAt - startedAt - downMs)}`;
  const life = earlier ? ", before the run was taken up again" : "";
  const source = cached ? ", from the cache" : "";
  const cost = costUsd === 0 ? "" : `, cost ${moneyText(costUsd)}`;
  return [
    `  attempt ${attempt.attempt}${by} at ${dateTimeText(startedAt)}${took}${life}: ${endText(attempt)}${source}${cost}`,
    ...gates.flatMap((gate) => resultLines(gate, { indent: "    ", about: "" })),
  ];
}

function endText({ end, failure, interruptions, stoppedBefore }: Attempt): string {
  const times = interruptions > 1 ? ` ${interruptions} times` : "";
  const interrupted = interruptions > 0 && end !== "interrupted" ? `interrupted${times}, run again, ` : "";
  if (failure) return `${interrupted}${failureText(failure)}`;
  if (stoppedBefore !== undefined)
    return `${interrupted}stopped before a call of ${oneLine(stoppedBefore)}, for people to decide`;
  return interrupted + (end === "ok" ? "ended" : (end ?? "at work"));
}

function listLines(what: string, items: readonly string[]): Shown[] {
  return items.map((item) => `  ${what} ${item}`);
}

function outputLines(output: Json): Shown[] {
  const text = typeof output === "string" ? output : JSON.stringify(output, undefined, 2);
  return text.split("\n").map((line) => `    ${line}`);
}

/** A value on one line. */
export function short(value: Json): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
