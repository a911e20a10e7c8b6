import type { RunStatus } from "../../core/events.ts";
import type { NodeEnd } from "../../core/node-result.ts";
import type { Phase } from "../../core/node.ts";
import type { LimitHit } from "../../core/outcome.ts";
import type { UndoStatus } from "../../core/undo.ts";
import type { RunView } from "../../core/view.ts";
import { limitName } from "../../language/limits.ts";
import type { Limits } from "../../language/workflow.ts";

/** Every state that is shown: of a node, of a run, and of a run whose process died. */
export type ShownStatus = NodeEnd | Phase | RunStatus | "not-run" | "stopped" | "interrupted" | UndoStatus;

/** How something is meant; whoever paints it chooses the colour. */
export type Tone = "good" | "bad" | "warn" | "busy" | "quiet" | "plain";

/** `0.3s`, `3.2s`, `42s`, `1m 20s`, `2h 05m`, `3d 4h`. */
export function durationText(ms: number): string {
  const known = Number.isFinite(ms) ? Math.max(0, ms) : 0;
  const tenths = Math.round(known / 100);
  if (tenths < 100) return `${tenths / 10}s`;
  const seconds = Math.round(known / 1000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${pad2(seconds % 60)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)}h ${pad2(minutes % 60)}m`;
  const hours = Math.floor(minutes / 60);
  return `${numberText(Math.floor(hours / 24))}d ${hours % 24}h`;
}

/** `$0.12`, `$0.0042` below a cent, `unknown` for null: a price nobody knows is never shown as zero. */
export function moneyText(costUsd: number | null): string {
  if (costUsd === null || !Number.isFinite(costUsd)) return "unknown";
  if (costUsd > 0 && costUsd < 0.01) return `$${Math.max(costUsd, 0.0001).toFixed(4)}`;
  const [whole = "0", cents = "00"] = Math.max(0, costUsd).toFixed(2).split(".");
  return `$${numberText(Number(whole))}.${cents}`;
}

/** What is compared with a cap: below a dollar that may lie between two cents, `$0.255`. */
export function capMoneyText(usd: number): string {
  return usd >= 0.01 && usd < 1 ? `$${usd.toFixed(4).replace(/0{1,2}$/, "")}` : moneyText(usd);
}

/** What a step has cost: `$0.12`, `≥ $0.12` where more of it is not known, `unknown`. */
export function stepCostText(
  { costUsd, knownUsd = 0 }: { readonly costUsd: number | null; readonly knownUsd?: number },
  glyphs: Glyphs = unicodeGlyphs,
): string {
  return costUsd === null && knownUsd > 0 ? `${glyphs.atLeast} ${moneyText(knownUsd)}` : moneyText(costUsd);
}

/** What a run has cost: `$0.12`, `≥ $0.12, 2 prices unknown`, `unknown (2 prices)`. */
export function costText(
  { costUsd, unknownCosts }: { readonly costUsd: number; readonly unknownCosts: number },
  glyphs: Glyphs = unicodeGlyphs,
): string {
  if (unknownCosts === 0) return moneyText(costUsd);
  const prices = countText(unknownCosts, "price");
  return costUsd === 0 ? `unknown (${prices})` : `${glyphs.atLeast} ${moneyText(costUsd)}, ${prices} unknown`;
}

/** What a run has cost that nobody drives: what was under way in it is cut off, at a price that nobody knows. */
export function cutOffCost({ ledger, budget }: Pick<RunView, "ledger" | "budget">): {
  readonly costUsd: number;
  readonly unknownCosts: number;
} {
  return { costUsd: ledger.costUsd, unknownCosts: ledger.unknownCosts + budget.underWay };
}

/**
 * A cap in the words of the language: `cost is used up: $10.20 of $10.00`, or, of a call that is not made, `cost of
 * "review" would be passed: $9.50 of $10.00, the next call will probably take $0.80`.
 */
export function capText(hit: LimitHit & { readonly of?: string }): string {
  const { limit, used, cap, predicted, of } = hit;
  const name = of === undefined ? limitName(limit) : `${limitName(limit)} of "${oneLine(of)}"`;
  const have = `${amountText(limit, used)} of ${amountText(limit, cap)}`;
  if (predicted === undefined) return `${name} is used up: ${have}`;
  return `${name} would be passed: ${have}, the next call will probably take ${amountText(limit, predicted)}`;
}

/** So much of what a cap counts. */
export function amountText(limit: keyof Limits, value: number): string {
  switch (limit) {
    case "costUsd":
    case "dayUsd":
      return capMoneyText(value);
    case "timeMs":
      return durationText(value);
    case "outputBytes":
      return countText(value, "byte");
    default:
      return numberText(value);
  }
}

/** A whole number with its thousands apart: `12,345`. */
export function numberText(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** Of tokens: how many the cache of a provider served, where agents say it. */
export function cachedText({ cachedTokens = 0 }: { readonly cachedTokens?: number }): string {
  return cachedTokens > 0 ? `, ${numberText(cachedTokens)} of them cached` : "";
}

/** `1 step`, `3 steps`, `1,000 entries`. */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${numberText(count)} ${count === 1 ? one : many}`;
}

/** At most so many are named. */
const mostNamed = 10;

/** The first of them, and how many more there are. */
export function namedText(addresses: readonly string[]): string {
  const rest = addresses.length - mostNamed;
  return addresses.slice(0, mostNamed).join(", ") + (rest > 0 ? ` and ${numberText(rest)} more` : "");
}

/** How long ago: `now`, `42s ago`, `5m ago`, `3h ago`, `2d ago`, from 30 days on the date. */
export function agoText(at: number, now: number): string {
  const seconds = Math.floor((now - at) / 1000);
  if (seconds < 1) return "now";
  if (seconds < 60) return `${seconds}s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h ago`;
  const days = Math.floor(seconds / 86_400);
  return days < 30 ? `${days}d ago` : dateTimeText(at).slice(0, 10);
}

/** Local time of day: `19:47:02`. */
export function clockText(at: number): string {
  return dateTimeText(at).slice(11);
}

/** Local date and time: `2026-11-20 19:47:02`. */
export function dateTimeText(at: number): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "an unknown time    ";
  const day = `${date.getFullYear()}-${pad2(date.getMonth() + 1)}-${pad2(date.getDate())}`;
  return `${day} ${pad2(date.getHours())}:${pad2(date.getMinutes())}:${pad2(date.getSeconds())}`;
}

/** The core writes times as `{time:<ms>}`, because it knows no time zone: puts local times there. */
export function withLocalTimes(text: string): string {
  return text.replaceAll(/\{time:(\d+)\}/g, (_, at: string) => dateTimeText(Number(at)));
}

/**
 * Escape sequences: strings to the terminal (titles, links), CSI sequences, and the short ones. Node's own
 * `stripVTControlCharacters` takes time that grows with the square of hostile text; this does not, because no two
 * attempts look at the same characters.
 */
const escapeSequence =
  /(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c]{0,4096}(?:\u0007|\u001b\\|\u009c)|(?:\u001b\[|\u009b)[0-?]{0,256}[ -/]{0,16}[@-~]|\u001b[ -/]{0,16}[0-~]/g;

/**
 * Text from outside on one line, with nothing in it that moves a terminal: no escape sequences, no control or
 * direction characters; line breaks and tabs become spaces.
 */
export function oneLine(text: string): string {
  return text
    .replaceAll(escapeSequence, "")
    .replaceAll(/[\n\r\t\v\f\u0085\u2028\u2029]+/g, " ")
    .replaceAll(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");
}

/** What is drawn beside words, for terminals that show Unicode and for those that do not. */
export interface Glyphs {
  readonly unicode: boolean;
  /** One column wide each. */
  readonly status: Readonly<Record<ShownStatus, string>>;
  readonly cut: string;
  readonly pointer: string;
  readonly up: string;
  readonly down: string;
  readonly times: string;
  readonly dot: string;
  readonly rule: string;
  readonly atLeast: string;
  readonly arrow: string;
}

export const unicodeGlyphs: Glyphs = {
  unicode: true,
  status: statusGlyphs({ good: "✓", claimed: "◇", bad: "✗", busy: "●", gate: "◆", again: "↻", idle: "○" }),
  cut: "…",
  pointer: "❯",
  up: "↑",
  down: "↓",
  times: "×",
  dot: "·",
  rule: "─",
  atLeast: "≥",
  arrow: "→",
};

export const asciiGlyphs: Glyphs = {
  unicode: false,
  status: statusGlyphs({ good: "+", claimed: "~", bad: "x", busy: "*", gate: "#", again: "@", idle: "o" }),
  cut: "~",
  pointer: ">",
  up: "^",
  down: "v",
  times: "x",
  dot: "|",
  rule: "-",
  atLeast: ">=",
  arrow: "->",
};

type Marks = Readonly<Record<"good" | "claimed" | "bad" | "busy" | "gate" | "again" | "idle", string>>;

function statusGlyphs({ good, claimed, bad, busy, gate, again, idle }: Marks): Glyphs["status"] {
  return {
    verified: good,
    claimed,
    skipped: "-",
    failed: bad,
    blocked: "/",
    cancelled: "!",
    pending: ".",
    ready: idle,
    before: gate,
    running: busy,
    settling: busy,
    gates: gate,
    retrying: again,
    waiting: "=",
    asking: "?",
    open: busy,
    ended: good,
    "not-run": ".",
    stopped: "!",
    initializing: idle,
    executing: busy,
    recovering: again,
    paused: "=",
    compensating: again,
    completing: busy,
    completed: good,
    degraded: claimed,
    interrupted: "!",
    undone: again,
    undoing: again,
    "undo-failed": bad,
    "not-undone": "!",
  };
}

/** The glyphs that this terminal can show: Unicode only where the locale says UTF-8. */
export function glyphsFor(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): Glyphs {
  if (env["TERM"] === "linux") return asciiGlyphs;
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"];
  if (locale) return /utf-?8/i.test(locale) ? unicodeGlyphs : asciiGlyphs;
  if (platform === "win32") return env["WT_SESSION"] ? unicodeGlyphs : asciiGlyphs;
  return platform === "darwin" ? unicodeGlyphs : asciiGlyphs;
}

/** True when colours may go to this stream: a terminal that is not dumb, and no `NO_COLOR`. */
export function wantsColour(out: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  if (env["NO_COLOR"]) return false;
  if (env["FORCE_COLOR"] && env["FORCE_COLOR"] !== "0") return true;
  return out.isTTY === true && env["TERM"] !== "dumb";
}

const otherWords: Partial<Record<ShownStatus, string>> = {
  before: "checking",
  gates: "checking",
  settling: "running",
  open: "running",
  "not-run": "not run",
  asking: "asks",
  "undo-failed": "undo failed",
  "not-undone": "not undone",
};

/** The word for a state, at most 12 letters: the core's own, but for phases that mean nothing to a reader. */
export function statusWord(status: ShownStatus): string {
  return otherWords[status] ?? status;
}

const tones: Readonly<Record<Exclude<Tone, "plain">, readonly ShownStatus[]>> = {
  good: ["verified", "completed"],
  bad: ["failed", "undo-failed", "not-undone"],
  warn: [
    "blocked",
    "cancelled",
    "retrying",
    "waiting",
    "asking",
    "paused",
    "stopped",
    "degraded",
    "interrupted",
    "undone",
  ],
  busy: [
    "running",
    "before",
    "gates",
    "settling",
    "open",
    "executing",
    "recovering",
    "compensating",
    "undoing",
    "completing",
  ],
  quiet: ["skipped", "pending", "ready", "not-run", "initializing"],
};

export function statusTone(status: ShownStatus): Tone {
  for (const [tone, members] of Object.entries(tones)) if (members.includes(status)) return tone as Tone;
  return "plain";
}

function pad2(value: number): string {
  return String(value).padStart(2, "0");
}
