import type { Event } from "../../core/events.ts";
import { decisionText } from "./parts.ts";
import { countText, durationText, numberText, oneLine } from "./words.ts";

/** From so many items or rounds on, steps that end well are not told one by one. */
const mostItems = 50;
const mostRounds = 20;
/** So many failures in a wide list are told, and so many times how far it is. */
const mostFailures = 20;
const tellings = 20;

/** A line without its time. */
export interface PlainLine {
  readonly word: string;
  readonly text: string;
}

interface Wide {
  readonly total: number;
  ended: number;
  failed: number;
}

type Of<T extends Event["type"]> = Extract<Event, { type: T }>;

/** Tells of ways, rounds and items, and which lines of long loops and wide lists are left out. Pass it every event. */
export class PartsLog {
  /** Ways, rounds and items that are under way: their steps say what happens. */
  readonly #parts = new Set<string>();
  readonly #wide = new Map<string, Wide>();

  /** True when nobody misses the usual line for this event; to be asked before `linesOf`. */
  leavesOut(event: Event): boolean {
    if (!("address" in event)) return false;
    const { address } = event;
    const isPart = this.#parts.has(address);
    if (isRoutine(event)) return isPart || this.#isCrowded(address);
    if (event.type !== "node.ended") return false;
    const wide = this.#wideAround(address);
    return isPart ? wide !== undefined || event.tolerated === undefined : (wide?.failed ?? 0) >= mostFailures;
  }

  linesOf(event: Event): readonly PlainLine[] {
    switch (event.type) {
      case "run.restarted":
        this.#parts.clear();
        this.#wide.clear();
        return [];
      case "part.opened":
        this.#parts.add(event.address + event.part);
        return [];
      case "branch.decided":
        if (event.way !== null) this.#parts.add(`${event.address}/${event.way}`);
        return this.#unlessCrowded(event);
      case "node.ended":
        return this.#ended(event);
      case "items.listed":
        return this.#listed(event);
      default:
        return this.#unlessCrowded(event);
    }
  }

  #unlessCrowded(event: Event): readonly PlainLine[] {
    return "address" in event && this.#isCrowded(event.address) ? [] : lineOf(event);
  }

  /** So much happens there that only what fails is told. */
  #isCrowded(address: string): boolean {
    return isLong(address) || this.#wideAround(address) !== undefined;
  }

  #listed({ address, items }: Of<"items.listed">): readonly PlainLine[] {
    if (items.length > mostItems) this.#wide.set(address, { total: items.length, ended: 0, failed: 0 });
    if (this.#isCrowded(address)) return [];
    return [{ word: "items", text: `${oneLine(address)}: ${countText(items.length, "item")}` }];
  }

  #ended({ address, end }: Of<"node.ended">): readonly PlainLine[] {
    this.#wide.delete(address);
    if (!this.#parts.delete(address)) return [];
    const holder = address.replace(/\[[^\]]*\]$/, "");
    const wide = this.#wide.get(holder);
    if (!wide || holder === address) return [];
    wide.ended += 1;
    if (end === "failed") wide.failed += 1;
    return !this.#isCrowded(holder) && isTold(wide) ? [progressLine(holder, wide)] : [];
  }

  /** The wide list that the node lies in. */
  #wideAround(address: string): Wide | undefined {
    if (this.#wide.size === 0) return undefined;
    for (const { index } of address.matchAll(/\[[^\]]*\]/g)) {
      const wide = this.#wide.get(address.slice(0, index));
      if (wide) return wide;
    }
    return undefined;
  }
}

/** It lies in one of the later rounds of a loop. A key of an item may look like a round. */
function isLong(address: string): boolean {
  const rounds = address.replaceAll(/\[[^\]]*\]/g, "").matchAll(/#(\d+)/g);
  return [...rounds].some(([, round]) => Number(round) > mostRounds);
}

function isRoutine(event: Event): boolean {
  switch (event.type) {
    case "block.opened":
    case "attempt.started":
    case "wait.started":
    case "child.waits":
    case "result.reused":
      return true;
    case "node.ended":
      return event.end === "verified" || event.end === "claimed" || event.end === "skipped";
    default:
      return false;
  }
}

function lineOf(event: Event): readonly PlainLine[] {
  switch (event.type) {
    case "branch.decided":
      return [{ word: "decided", text: oneLine(`${event.address} ${decisionText(event)}`) }];
    case "round.judged":
      return isMilestone(event) ? [judgedLine(event)] : [];
    case "join.reached":
      return [{ word: "joined", text: `${oneLine(event.address)}: enough of its steps ended well` }];
    case "join.missed":
      return [{ word: "missed", text: `${oneLine(event.address)}: too few of its steps can still end well` }];
    case "time.up":
      return [{ word: "time", text: `${oneLine(event.address)}: its ${durationText(event.capMs)} are over` }];
    default:
      return [];
  }
}

/** All of the first rounds of which something was found, then every tenth, hundredth and so on. */
function isMilestone({ round, until, measure }: Of<"round.judged">): boolean {
  if (round > mostRounds) return round % 10 ** Math.floor(Math.log10(round)) === 0;
  return until !== undefined || measure !== undefined;
}

function judgedLine({ address, round, until, measure }: Of<"round.judged">): PlainLine {
  const found = [
    ...(until === undefined ? [] : [`until is ${JSON.stringify(until)}`]),
    ...(measure === undefined ? [] : [`measure ${measure ?? "none"}`]),
  ];
  const text = found.length === 0 ? "" : `: ${found.join(", ")}`;
  return { word: "round", text: oneLine(`${address}#${round}${text}`) };
}

function isTold({ ended, total }: Wide): boolean {
  return Math.floor((ended * tellings) / total) > Math.floor(((ended - 1) * tellings) / total);
}

function progressLine(address: string, { ended, total, failed }: Wide): PlainLine {
  const bad = failed > 0 ? `, ${numberText(failed)} failed` : "";
  return {
    word: "progress",
    text: `${oneLine(address)}: ${numberText(ended)} of ${countText(total, "item")}${bad}`,
  };
}
