import type { PlaceFigures, StreamFigures } from "../../stream/figures.ts";
import { countText, durationText, numberText, oneLine } from "./words.ts";

/** A pipeline of a run, and how far it has come. */
export interface ShownPipeline {
  /** Of its node. */
  readonly address: string;
  readonly figures: StreamFigures;
  /** How many records can be replayed or looked at; absent: not looked up. */
  readonly letters?: number;
}

/** What became of the records of a pipeline, all its places together. */
export interface Fates {
  readonly read: number;
  readonly written: number;
  readonly filtered: number;
  readonly dropped: number;
  /** Those that could not be read as records are among them. */
  readonly dead: number;
  readonly unreadable: number;
  readonly waiting: number;
}

export function fatesOf({ source, places }: StreamFigures): Fates {
  const sum = (of: (place: PlaceFigures) => number) => places.reduce((total, place) => total + of(place), 0);
  return {
    read: source.read,
    written: sum((place) => (place.kind === "sink" ? place.done : 0)),
    filtered: sum((place) => place.filtered),
    dropped: sum((place) => place.dropped),
    dead: sum((place) => place.dead) + source.bad,
    unreadable: source.bad,
    waiting: sum((place) => place.waiting),
  };
}

/**
 * `1,000 read, 900 written, 60 filtered out, 30 dropped, 12 dead (2 unreadable, 4 replayed)`; what did not happen is left out.
 * What was unreadable was never read as a record. `letters`: how many of the dead are still there; the others were replayed.
 */
export function fatesText(figures: StreamFigures, letters?: number): string {
  const { read, written, filtered, dropped, dead, unreadable } = fatesOf(figures);
  const replayed = letters === undefined ? 0 : Math.max(0, dead - letters);
  const which = [...some(unreadable, "unreadable"), ...some(replayed, "replayed")].join(", ");
  return [
    `${numberText(read)} read`,
    `${numberText(written)} written${eachSink(figures)}`,
    ...some(filtered, "filtered out"),
    ...some(dropped, "dropped"),
    ...some(dead, which === "" ? "dead" : `dead (${which})`),
  ].join(", ");
}

/** How it goes on: `1,234 read (56/s), 1,000 written, 3 dead; 200 on their way, 1.5 MB to read`. */
export function progressText(figures: StreamFigures): string {
  const { read, written, dropped, dead, waiting } = fatesOf(figures);
  const { source } = figures;
  const done = [
    `${numberText(read)} read (${rateText(source.perSecond)}/s)`,
    `${numberText(written)} written`,
    ...some(dropped, "dropped"),
    ...some(dead, "dead"),
  ].join(", ");
  const lag = lagText(source.lag);
  const left = [
    ...some(waiting, "on their way"),
    ...(lag === "" ? [] : [`${lag} to read`]),
    ...(figures.status === "running" || figures.status === "over" ? [] : [figures.status]),
  ].join(", ");
  return left === "" ? done : `${done}; ${left}`;
}

/** Where there are several sinks, how many records each of the first few has. */
function eachSink({ places }: StreamFigures): string {
  const sinks = places.filter(({ kind }) => kind === "sink");
  if (sinks.length < 2) return "";
  const named = sinks.slice(0, 3).map(({ name, done }) => `${oneLine(name)} ${numberText(done)}`);
  return ` (${named.join(", ")}${sinks.length > 3 ? ", …" : ""})`;
}

function some(count: number, word: string): readonly string[] {
  return count === 0 ? [] : [`${numberText(count)} ${word}`];
}

/** What there is still to read: `1.5 MB`, `200 records`; nothing where that is not known, or is nothing. */
export function lagText({ bytes = 0, records = 0 }: StreamFigures["source"]["lag"] = {}): string {
  if (records > 0) return countText(records, "record");
  return bytes > 0 ? bytesText(bytes) : "";
}

const units = ["bytes", "KB", "MB", "GB", "TB"] as const;

/** `512 bytes`, `1.5 KB`, `12 MB`; a KB is 1,000 bytes. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const shown = unit > 0 && value < 9.95 ? value.toFixed(1) : numberText(Math.round(value));
  return bytes === 1 ? "1 byte" : `${shown} ${units[unit]}`;
}

/** So many a second: `0`, `0.4`, `12`, `1,234`. */
export function rateText(perSecond: number): string {
  if (perSecond <= 0 || !Number.isFinite(perSecond)) return "0";
  if (perSecond < 0.05) return "<0.1";
  return perSecond < 9.95 ? String(Math.round(perSecond * 10) / 10) : numberText(Math.round(perSecond));
}

/** How long something took: `0.4ms`, `12ms`, from a second on as other times are. */
export function latencyText(ms: number): string {
  if (ms <= 0 || !Number.isFinite(ms)) return "0ms";
  if (ms < 0.05) return "<0.1ms";
  if (ms >= 999.5) return durationText(ms);
  return ms < 9.95 ? `${Math.round(ms * 10) / 10}ms` : `${Math.round(ms)}ms`;
}

/** A share from 0 to 1: `0%`, `<1%`, `12%`; `100%` only where it is all. */
export function shareText(share: number): string {
  if (share <= 0 || !Number.isFinite(share)) return "0%";
  if (share < 0.01) return "<1%";
  return share >= 1 ? "100%" : `${Math.min(99, Math.round(share * 100))}%`;
}
