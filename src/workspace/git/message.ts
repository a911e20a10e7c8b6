import type { WorkPlace } from "../../core/workspace.ts";
import type { CheckpointKind, CheckpointNote } from "../../ports/workspaces.ts";

/** What the message of a checkpoint says. */
export interface CheckpointMessage extends Omit<CheckpointNote, "what"> {
  readonly title: string;
  readonly place: WorkPlace;
  readonly number: number;
  /** The object with the bytes that git would not write back as they were. */
  readonly exact?: string;
  /** The branch that was checked out in the project; of a first checkpoint. */
  readonly branch?: string;
  /** Of a landing: the checkpoint of the writer that landed, or was to. */
  readonly writer?: string;
  /** Of a landing: paths that both had changed and one side of them decided. */
  readonly decided?: readonly string[];
  /** Paths of which not everything is in it. */
  readonly notCovered?: readonly string[];
}

export type NewMessage = Omit<CheckpointMessage, "title"> & Pick<CheckpointNote, "what">;

/**
 * One line of title, then trailers and nothing else: whatever the names in it are, they stay on their line and can be told from
 * what tutti writes.
 */
export function writeMessage(message: NewMessage): string {
  const { kind, place, number, node, attempt, costUsd, agent, gates, exact, branch, writer } = message;
  const trailers: readonly (readonly [string, string | undefined])[] = [
    ["Tutti-Run", value(place.runId)],
    ["Tutti-Lane", place.lane === "" ? undefined : value(place.lane)],
    ["Tutti-Number", String(number)],
    ["Tutti-Node", node === undefined ? undefined : value(node)],
    ["Tutti-Attempt", attempt === undefined ? undefined : String(attempt)],
    ["Tutti-Cost", costUsd === undefined ? undefined : costUsd === null ? "unknown" : String(costUsd)],
    ["Tutti-Agent", agent === undefined ? undefined : value(agent)],
    ["Tutti-Gates", list(gates)],
    ["Tutti-Branch", branch === undefined ? undefined : value(branch)],
    ["Tutti-Exact", exact],
    ["Tutti-Writer", writer],
    ["Tutti-Decided", list(message.decided)],
    ["Not-Covered", list(message.notCovered)],
  ];
  const lines = trailers.flatMap(([key, text]) => (text === undefined ? [] : [`${key}: ${text}`]));
  return `${kind}: ${titleOf(message)}\n\n${lines.join("\n")}\n`;
}

function titleOf({ kind, what, node, place }: NewMessage): string {
  const words = [
    ...(node === undefined ? [] : [node]),
    what,
    ...(kind === "PRE-WORKFLOW" ? [] : [`in ${place.runId}`]),
  ];
  return oneLine(words.join(" "));
}

/** Control characters and what breaks lines become spaces. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
}

function value(text: string): string {
  return isPlain(text) ? text : JSON.stringify(text);
}

function isPlain(text: string): boolean {
  return /^[^\s"[][^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]*$/u.test(text) && text.trim() === text;
}

function list(names: readonly string[] | undefined): string | undefined {
  if (names === undefined || names.length === 0) return undefined;
  return names.every((name) => isPlain(name) && !name.includes(","))
    ? names.join(", ")
    : JSON.stringify(names);
}

const kinds: readonly CheckpointKind[] = [
  "PRE-WORKFLOW",
  "WORKFLOW-STEP",
  "WORKFLOW-QUALITY",
  "WORKFLOW-RECOVERY",
  "WORKFLOW-FINAL",
];

/** Undefined when it is no message of a checkpoint. */
export function readMessage(text: string): CheckpointMessage | undefined {
  const end = text.indexOf("\n\n");
  const title = end < 0 ? text : text.slice(0, end);
  const kind = kinds.find((name) => title.startsWith(`${name}: `));
  const trailers = new Map(
    text
      .slice(title.length)
      .split("\n")
      .flatMap((line): [string, string][] => {
        const colon = line.indexOf(": ");
        return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 2)]];
      }),
  );
  const runId = readValue(trailers.get("Tutti-Run"));
  const number = Number(trailers.get("Tutti-Number"));
  if (end < 0 || kind === undefined || runId === undefined || !Number.isSafeInteger(number)) return undefined;
  const place = { runId, lane: readValue(trailers.get("Tutti-Lane")) ?? "" };
  return { title, kind, place, number, ...readRest(trailers) };
}

function readRest(
  trailers: ReadonlyMap<string, string>,
): Omit<CheckpointMessage, "title" | "kind" | "place" | "number"> {
  const cost = trailers.get("Tutti-Cost");
  const attempt = trailers.get("Tutti-Attempt");
  const rest = {
    node: readValue(trailers.get("Tutti-Node")),
    attempt: attempt === undefined ? undefined : Number(attempt),
    costUsd: cost === undefined ? undefined : cost === "unknown" ? null : Number(cost),
    agent: readValue(trailers.get("Tutti-Agent")),
    gates: readList(trailers.get("Tutti-Gates")),
    branch: readValue(trailers.get("Tutti-Branch")),
    exact: trailers.get("Tutti-Exact"),
    writer: trailers.get("Tutti-Writer"),
    decided: readList(trailers.get("Tutti-Decided")),
    notCovered: readList(trailers.get("Not-Covered")),
  };
  return Object.fromEntries(Object.entries(rest).filter(([, found]) => found !== undefined));
}

function readValue(text: string | undefined): string | undefined {
  if (text === undefined || !text.startsWith('"')) return text;
  const found = parsed(text);
  return typeof found === "string" ? found : text;
}

function readList(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const found = text.startsWith("[") ? parsed(text) : undefined;
  return Array.isArray(found) ? found.map(String) : text.split(", ");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
