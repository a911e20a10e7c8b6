import type { GateView, NodeView, RunView } from "../../core/view.ts";
import type { Json } from "../../expression/json.ts";
import type { Shown } from "./out.ts";
import type { Span } from "./lines.ts";
import {
  costText,
  countText,
  dateTimeText,
  durationText,
  moneyText,
  type ShownStatus,
  statusTone,
  statusWord,
  withLocalTimes,
} from "./words.ts";

/** A run as a tree of its nodes. */
export function runLines(view: RunView, status: ShownStatus = view.status): Shown[] {
  const inputs = Object.entries(view.inputs);
  return [
    [{ text: view.name, bold: true }, ` · run ${view.id} · `, statusSpan(status), reasonText(view.reason)],
    `  started ${dateTimeText(view.createdAt)} · took ${durationText(view.updatedAt - view.createdAt)} · cost ${costText(view.ledger)}`,
    ...inputs.map(([name, value]) => `  input ${name} = ${short(value ?? null)}`),
    "",
    ...view.nodes.map((node) => nodeLine(node)),
  ];
}

function reasonText(reason: string | undefined): string {
  return reason === undefined ? "" : ` · ${withLocalTimes(reason)}`;
}

function statusSpan(status: ShownStatus): Span {
  return { text: statusWord(status), tone: statusTone(status) };
}

function nodeLine(node: NodeView): Shown {
  const { depth, status, address, title } = node;
  const word = statusWord(status).padEnd(11);
  return [
    "  ".repeat(depth + 1),
    { text: word, tone: statusTone(status) },
    ` ${address} `,
    { text: `${title.slice(0, 100)}${factsText(node)}`, dim: true },
  ];
}

/** What there is to say about a node besides its state. */
function factsText(node: NodeView): string {
  const { startedAt, endedAt, attempt, costUsd, reused, cached, failure, reason } = node;
  const facts = [
    startedAt !== undefined && endedAt !== undefined ? durationText(endedAt - startedAt) : "",
    attempt > 1 ? countText(attempt, "attempt") : "",
    costUsd === 0 ? "" : `cost ${moneyText(costUsd)}`,
    reused ? "reused" : "",
    cached ? "from the cache" : "",
    failure ? `${failure.code}: ${failure.message}` : (reason ?? ""),
  ].filter((fact) => fact !== "");
  return facts.length > 0 ? ` · ${facts.join(" · ")}` : "";
}

/** All that is known of one node. */
export function nodeLines(node: NodeView): Shown[] {
  const { address, status, action, title, failure, output, gates } = node;
  return [
    [{ text: address, bold: true }, " · ", statusSpan(status), ` · ${action}${factsText(node)}`],
    `  ${title}`,
    ...(failure?.fix === undefined ? [] : [`  fix: ${failure.fix}`]),
    ...(node.exitCode === undefined ? [] : [`  exit status ${node.exitCode}`]),
    ...gates.flatMap((gate) => gateLines(gate)),
    ...listLines("changed", node.changedFiles ?? []),
    ...listLines(
      "kept whole",
      Object.entries(node.artifacts ?? {}).map(([name, id]) => `${name}: ${id}`),
    ),
    ...(output === undefined ? [] : ["  output:", ...outputLines(output)]),
  ];
}

function gateLines({ name, level, passed, attempt, evidence }: GateView): Shown[] {
  const result: Span = passed ? { text: "held", tone: "good" } : { text: "did not hold", tone: "bad" };
  const details = Object.entries(evidence).map(([key, value]) => `${key}: ${short(value ?? null)}`);
  return [
    ["  gate ", { text: name, bold: true }, " ", result, ` (${level}, attempt ${attempt})`],
    ...(passed ? [] : details.map((text): Shown => ["    ", { text, dim: true }])),
  ];
}

function listLines(what: string, items: readonly string[]): Shown[] {
  return items.map((item) => `  ${what} ${item}`);
}

function outputLines(output: Json): Shown[] {
  const text = typeof output === "string" ? output : JSON.stringify(output, undefined, 2);
  return text.split("\n").map((line) => `    ${line}`);
}

/** A value on one line. */
function short(value: Json): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
