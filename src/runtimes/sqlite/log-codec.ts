import { hash } from "node:crypto";
import type { Event } from "../../core/events.ts";
import { isObject, type Json } from "../../expression/json.ts";
import { pack, unpack } from "./packing.ts";
import type { SqlValue } from "./connection.ts";

/** Values longer than this (as UTF-8 or JSON) are kept in the artifact store; the log holds their id. */
export const largeFromBytes = 16_384;

/** Fields whose own fields are looked at one by one, so that `outcome.stdout` is an artifact of its own. */
const opened: ReadonlySet<string> = new Set(["outcome", "request"]);

/** Where a large value belongs: the path inside the event with this index. */
export interface LargeRef {
  readonly event: number;
  readonly path: readonly string[];
  readonly id: string;
  readonly bytes: number;
  /** `text`: the artifact is the string itself. `json`: it is the value's JSON. */
  readonly kind: "text" | "json";
}

/** The columns of one append, and the bytes that have to be in the artifact store before it. */
export interface EncodedAppend {
  readonly body: string | Uint8Array;
  readonly refs: string | null;
  readonly large: readonly Uint8Array[];
}

/** True for a text that is kept as an artifact. A UTF-16 unit is at most three bytes, so most texts need no counting. */
export function isLargeText(text: string): boolean {
  return text.length * 3 > largeFromBytes && Buffer.byteLength(text) > largeFromBytes;
}

/** Decides what goes where. Equal values give equal ids. */
export function encodeAppend(events: readonly Event[]): EncodedAppend {
  const whole = JSON.stringify(events);
  if (!isLargeText(whole)) {
    return { body: pack(whole), refs: null, large: [] };
  }
  const large: Uint8Array[] = [];
  const refs: LargeRef[] = [];
  const slim = events.map((event, index) =>
    takeOut(event, { path: [], add: (found) => refs.push({ event: index, ...found }), large }),
  );
  return { body: pack(JSON.stringify(slim)), refs: refs.length > 0 ? JSON.stringify(refs) : null, large };
}

interface TakingOut {
  readonly path: readonly string[];
  readonly add: (found: Omit<LargeRef, "event">) => void;
  readonly large: Uint8Array[];
}

/** A copy without the large values. */
function takeOut(container: object, { path, add, large }: TakingOut): Readonly<Record<string, unknown>> {
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(container)) {
    const here = [...path, key];
    if (path.length === 0 && opened.has(key) && isObject(value)) {
      copy[key] = takeOut(value, { path: here, add, large });
      continue;
    }
    const found = asLarge(value);
    copy[key] = found ? null : value;
    if (!found) continue;
    large.push(found.bytes);
    add({
      path: here,
      id: `sha256:${hash("sha256", found.bytes)}`,
      bytes: found.bytes.length,
      kind: found.kind,
    });
  }
  return copy;
}

function asLarge(
  value: unknown,
): { readonly bytes: Uint8Array; readonly kind: LargeRef["kind"] } | undefined {
  const isSmallScalar = typeof value === "string" ? value.length * 3 <= largeFromBytes : !isContainer(value);
  if (isSmallScalar) return undefined;
  // a lone surrogate survives in JSON, as an escape, but not in UTF-8
  const kind = typeof value === "string" && value.isWellFormed() ? "text" : "json";
  const bytes = Buffer.from(kind === "text" ? String(value) : JSON.stringify(value));
  return bytes.length > largeFromBytes ? { bytes, kind } : undefined;
}

function isContainer(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

/** One append as it was stored; throws what JSON or zstd throws when it cannot be decoded. */
export interface DecodedAppend {
  readonly events: readonly Event[];
  readonly refs: readonly LargeRef[];
}

export function decodeAppend(row: { readonly body: SqlValue; readonly refs: SqlValue }): DecodedAppend {
  const events = JSON.parse(unpack(row.body)) as readonly Event[];
  return { events, refs: row.refs === null ? [] : (JSON.parse(String(row.refs)) as readonly LargeRef[]) };
}

/** Puts a large value back where it was. `bytes` are the artifact's, or undefined when it is missing. */
export function putBack(decoded: DecodedAppend, ref: LargeRef, bytes: Uint8Array | undefined): void {
  const value = bytes === undefined ? standInOf(ref) : valueOf(ref, bytes);
  let place: unknown = decoded.events[ref.event];
  for (const key of ref.path.slice(0, -1)) place = isObject(place) ? place[key] : undefined;
  const last = ref.path.at(-1);
  if (isObject(place) && last !== undefined) (place as Record<string, Json>)[last] = value;
}

function valueOf(ref: LargeRef, bytes: Uint8Array): Json {
  const text = Buffer.from(bytes).toString("utf8");
  return ref.kind === "text" ? text : (JSON.parse(text) as Json);
}

/**
 * True where the words of `missingText` may stand for a value, alone or in its shape: texts, fields that hold any JSON,
 * and what is only looked at. A missing workflow or plan has no stand-in.
 */
export function hasStandIn(ref: LargeRef): boolean {
  return ref.kind === "text" || standIns.has(ref.path.at(-1) ?? "");
}

function standInOf(ref: LargeRef): Json {
  const text = missingText(ref);
  return ref.kind === "text" ? text : (standIns.get(ref.path.at(-1) ?? "")?.(text) ?? text);
}

const itself = (text: string): Json => text;
const member = (text: string): Json => ({ lost: text });
const standIns: ReadonlyMap<string, (text: string) => Json> = new Map([
  ["output", itself],
  ["payload", itself],
  ["args", itself],
  ["body", itself],
  ["evidence", member],
  ["details", member],
  ["context", member],
  ["changedFiles", (text: string): Json => [text]],
  // Then nobody knows what was changed, and the gates that ask do not hold.
  ["filesBefore", (): Json => null],
]);

/** What a reader sees in the place of a value that is lost. */
export function missingText(ref: LargeRef): string {
  return `[lost: ${ref.id}, ${ref.bytes} bytes]`;
}
