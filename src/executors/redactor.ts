import { anyMarkerPattern, escapePattern, hidden, mapText, mayHoldMarker } from "./secrets.ts";
import type { Failure, Outcome } from "../core/outcome.ts";
import type { Json } from "../expression/json.ts";
import type { ArtifactStore } from "../ports/artifact-store.ts";

/** A piece of a secret at the edge of a cut counts from this length on. */
const minPieceCharacters = 3;
/** Lines of a secret that are shorter say nothing by themselves. */
const minLineCharacters = 4;
/** Where a text was cut: the line of capped output, or the sign of a cut line. */
const cuts = /\n… \d+ bytes left out …\n|…/g;

/** Removes known values from everything that leaves. */
export interface Redactor {
  /** From now on these values are removed. */
  learn(values: readonly string[]): void;
  text(text: string): string;
  /** The same value with every text and every key in it cleaned. */
  json(value: Json): Json;
  outcome(outcome: Outcome): Outcome;
  /** A store into which nothing known is written. */
  artifacts(store: ArtifactStore): ArtifactStore;
  /** Whether a known value is in these bytes. */
  isIn(bytes: Uint8Array): boolean;
}

/**
 * A value is found as it is, in JSON, in a URL and in base64, and each of its lines by itself; also a piece of it at
 * the edge of text that was cut. Marker texts are removed as well, so that an output cannot ask for a secret.
 */
export function createRedactor(): Redactor {
  const forms = new Set<string>();
  const marker = anyMarkerPattern();
  let pattern: RegExp | undefined;

  function learn(values: readonly string[]): void {
    const before = forms.size;
    for (const value of values) for (const form of formsOf(value)) forms.add(form);
    if (forms.size > before) pattern = patternOf(forms);
  }

  function text(raw: string): string {
    const clean = mayHoldMarker(raw) ? raw.replaceAll(marker, hidden) : raw;
    if (!pattern) return clean;
    return withoutPieces(clean.replaceAll(pattern, hidden), forms);
  }

  return {
    learn,
    text,
    json: (value) => mapText(value, text),
    outcome: (outcome) => (pattern || mayHoldMarker(outcome) ? cleanOutcome(outcome, text) : outcome),
    artifacts: (store) => ({
      put: (bytes, signal) => store.put(forms.size === 0 ? bytes : cleanBytes(bytes, forms), signal),
      get: (id, signal) => store.get(id, signal),
      verify: (id) => store.verify(id),
      list: () => store.list(),
      remove: (id) => store.remove(id),
    }),
    isIn: (bytes) => {
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return [...forms].some((form) => buffer.includes(form));
    },
  };
}

/** What holds free text: a secret that happens to read "quota" must not change how a failure is handled. */
const freeParts = [
  "output",
  "stdout",
  "learned",
  "changedFiles",
  "undeclared",
  "notKept",
  "filesBefore",
  "evidence",
  "details",
  "deferred",
] as const satisfies readonly (keyof Outcome)[];

function cleanOutcome(outcome: Outcome, clean: (text: string) => string): Outcome {
  const { failure } = outcome;
  const cleaned = freeParts.flatMap((part) => {
    const value = outcome[part] as Json | undefined;
    return value === undefined ? [] : [[part, mapText(value, clean)]];
  });
  return {
    ...outcome,
    ...(Object.fromEntries(cleaned) as Pick<Outcome, (typeof freeParts)[number]>),
    ...(failure === undefined ? {} : { failure: cleanFailure(failure, clean) }),
  };
}

function cleanFailure(failure: Failure, clean: (text: string) => string): Failure {
  const { message, fix } = failure;
  return { ...failure, message: clean(message), ...(fix === undefined ? {} : { fix: clean(fix) }) };
}

function formsOf(value: string): Set<string> {
  const lines = value
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line.length >= minLineCharacters);
  const found = new Set<string>();
  for (const part of [value, value.trim(), ...lines]) {
    if (part === "") continue;
    found.add(part);
    found.add(JSON.stringify(part).slice(1, -1));
    found.add(encodeURIComponent(part.toWellFormed()));
    for (const form of base64Forms(part)) found.add(form);
  }
  return found;
}

/** Base64 of a value depends on how many bytes stand before it; these are the parts that come from it alone. */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2]
    .map((before) => {
      const encoded = Buffer.concat([Buffer.alloc(before), bytes])
        .toString("base64")
        .replaceAll("=", "");
      const end = (before + bytes.length) % 3 === 0 ? encoded.length : encoded.length - 1;
      return encoded.slice(before === 0 ? 0 : before + 1, end);
    })
    .filter((form) => form.length >= 8);
}

/** Longer forms first, so that a form inside another does not leave the other's rest. */
function patternOf(forms: ReadonlySet<string>): RegExp {
  const sorted = [...forms].sort((a, b) => b.length - a.length);
  return new RegExp(sorted.map(escapePattern).join("|"), "g");
}

/** Without the beginnings and ends of secrets that lie at a cut. */
function withoutPieces(text: string, forms: ReadonlySet<string>): string {
  if (!text.includes("…")) return text;
  const parts: string[] = [];
  let start = 0;
  for (const cut of text.matchAll(cuts)) {
    parts.push(text.slice(start, cut.index), cut[0]);
    start = cut.index + cut[0].length;
  }
  if (start === 0) return text;
  parts.push(text.slice(start));
  return parts
    .map((part, index) =>
      index % 2 === 1 ? part : withoutEdges(part, { forms, index, last: parts.length - 1 }),
    )
    .join("");
}

function withoutEdges(
  part: string,
  {
    forms,
    index,
    last,
  }: { readonly forms: ReadonlySet<string>; readonly index: number; readonly last: number },
): string {
  let clean = part;
  for (const form of forms) {
    if (index < last) {
      const piece = longestPiece(form, (length) => clean.endsWith(form.slice(0, length)));
      if (piece > 0) clean = clean.slice(0, -piece) + hidden;
    }
    if (index > 0) {
      const piece = longestPiece(form, (length) => clean.startsWith(form.slice(-length)));
      if (piece > 0) clean = hidden + clean.slice(piece);
    }
  }
  return clean;
}

function longestPiece(form: string, fits: (length: number) => boolean): number {
  for (let length = form.length - 1; length >= minPieceCharacters; length -= 1)
    if (fits(length)) return length;
  return 0;
}

type Bytes = Uint8Array | AsyncIterable<Uint8Array>;

/** Works on Latin-1 text, in which every byte is one character, so that bytes that are no text stay as they are. */
function cleanBytes(bytes: Bytes, forms: ReadonlySet<string>): Bytes {
  const inBytes = new Set([...forms].map((form) => Buffer.from(form).toString("latin1")));
  const pattern = patternOf(inBytes);
  if (bytes instanceof Uint8Array) {
    return Buffer.from(Buffer.from(bytes).toString("latin1").replaceAll(pattern, hidden), "latin1");
  }
  const longest = Math.max(...[...inBytes].map((form) => form.length));
  return cleanStream(bytes, { pattern, longest });
}

async function* cleanStream(
  bytes: AsyncIterable<Uint8Array>,
  { pattern, longest }: { readonly pattern: RegExp; readonly longest: number },
): AsyncGenerator<Uint8Array> {
  let pending = "";
  for await (const chunk of bytes) {
    pending += Buffer.from(chunk).toString("latin1");
    // A value that begins after this point may not be all there yet.
    const safe = pending.length - longest + 1;
    if (safe <= 0) continue;
    const { clean, used } = cleanUpTo(pending, { pattern, safe });
    pending = pending.slice(used);
    yield Buffer.from(clean, "latin1");
  }
  yield Buffer.from(pending.replaceAll(pattern, hidden), "latin1");
}

function cleanUpTo(
  text: string,
  { pattern, safe }: { readonly pattern: RegExp; readonly safe: number },
): { readonly clean: string; readonly used: number } {
  let clean = "";
  let used = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index >= safe) break;
    clean += text.slice(used, match.index) + hidden;
    used = match.index + match[0].length;
  }
  if (used >= safe) return { clean, used };
  return { clean: clean + text.slice(used, safe), used: safe };
}
