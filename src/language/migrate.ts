import { Document, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { problemsError } from "../errors.ts";
import { isObject, type Json } from "../expression/json.ts";
import { translate } from "./dialects/translate.ts";
import type { LoadOptions } from "./load.ts";
import { type Comments, type Origin, type Places, rootSpot } from "./places.ts";
import type { Loading } from "./read/loading.ts";
import { readWorkflow } from "./read/workflow.ts";
import { parseText } from "./yaml-source.ts";

export interface Migrated {
  readonly text: string;
  readonly notes: readonly string[];
}

/**
 * Rewrites a workflow of any dialect as canonical YAML. Comments are kept: at what they stood beside, or at the end
 * when that has no place in the canonical form; so is prose. A canonical YAML text comes back as it is. Throws the
 * text's own problems when it cannot be read, when its kind is not supported, and when it has a key that means
 * nothing.
 */
export function migrate(text: string, options: LoadOptions = {}): Migrated {
  const { value, places, report, header, footer } = parseText(text, options.file);
  if (value === undefined || report.hasErrors) throw problemsError(report.problems);
  const loading = {
    report,
    known: options,
    called: new Set<string>(),
    places,
    resources: new Map<string, number>(),
  };
  const translated = translate(loading, { value, spot: rootSpot });
  if (translated.value === undefined) throw problemsError(report.problems);
  const { dialect } = translated;
  if (dialect === "canonical" && !text.trimStart().startsWith("{")) {
    return { text, notes: ["the file is in canonical form already"] };
  }
  const warnings = report.problems.map(({ message, fix }) => `${message} (${fix})`);
  refuseUnknown(loading, translated.value);
  const writer = new Writer(places);
  const document = new Document();
  document.contents = writer.node(translated.value, 0) as typeof document.contents;
  const lost = [...writer.unused(value), ...translated.notes.map((note) => ` ${note}`)];
  document.commentBefore = header ?? null;
  const end = [...lost, ...(footer ? [footer] : [])];
  document.comment = end.length > 0 ? end.join("\n") : null;
  return { text: document.toString({ lineWidth: 110 }), notes: [...translated.notes, ...warnings] };
}

/** What is said of keys that the language does not have. */
const noKey: ReadonlySet<string> = new Set(["UNKNOWN_KEY", "NOT_SUPPORTED"]);

/**
 * Throws what the translation found wrong, else the keys that mean nothing. Mistakes of other kinds are the same in
 * both forms; what a called workflow is like is not known here.
 */
function refuseUnknown(loading: Loading, value: Json): void {
  if (loading.report.hasErrors) throw problemsError(loading.report.problems);
  readWorkflow(loading, { value, spot: rootSpot }, { fallbackName: "" });
  const { problems } = loading.report;
  const unknown = problems.filter(({ code, severity }) => severity === "error" && noKey.has(code));
  if (unknown.length > 0) throw problemsError(unknown);
}

/** The order in which a person reads them; all other keys follow as they came. */
const keyOrder = (
  "$schema name description inputs env limits workspace save_state resources " +
  "command run agent model prompt http function wait workflow params with context " +
  "depends_on when parallel parallel_where_possible error_strategy"
).split(" ");
const flowCharacters = 72;

interface Beside {
  readonly inside: YAMLMap | YAMLSeq;
  readonly before: Scalar | YAMLMap | YAMLSeq;
  readonly after: Scalar | YAMLMap | YAMLSeq;
}

class Writer {
  readonly #places: Places;
  readonly #written = new Set<Origin>();
  /** Nodes with a comment in them: they are written in lines. */
  readonly #commented = new WeakSet<object>();

  constructor(places: Places) {
    this.#places = places;
  }

  node(value: Json, depth: number): Scalar | YAMLMap | YAMLSeq {
    if (Array.isArray(value)) return this.#list(value, depth);
    if (isObject(value)) return this.#map(value, depth);
    return new Scalar(value);
  }

  #map(object: Readonly<Record<string, Json | undefined>>, depth: number): YAMLMap {
    const map = new YAMLMap();
    const keys = depth === 0 || "name" in object ? ordered(Object.keys(object)) : Object.keys(object);
    for (const key of keys) {
      const name = new Scalar(key);
      const value = this.node(object[key] ?? null, depth + 1);
      this.#comment(object, key, { inside: map, before: name, after: value });
      map.items.push(new Pair(name, value));
    }
    map.flow = !this.#commented.has(map) && depth > 3 && JSON.stringify(object).length <= flowCharacters;
    return map;
  }

  #list(list: readonly Json[], depth: number): YAMLSeq {
    const seq = new YAMLSeq();
    for (const [index, item] of list.entries()) {
      const node = this.node(item, depth + 1);
      this.#comment(list, index, { inside: seq, before: node, after: node });
      seq.items.push(node);
    }
    const plain = list.every((item) => typeof item !== "object" || item === null);
    seq.flow = plain && !this.#commented.has(seq) && JSON.stringify(list).length <= flowCharacters;
    return seq;
  }

  /** Puts the comments of a member beside it, once. */
  #comment(holder: object, key: string | number, { inside, before, after }: Beside): void {
    const comments = this.#unwritten(holder, key);
    if (comments || this.#commented.has(after)) this.#commented.add(inside);
    if (comments?.before) before.commentBefore = comments.before;
    if (!comments?.after) return;
    if (after instanceof Scalar) after.comment = comments.after;
    else before.commentBefore = [comments.before ?? [], comments.after].flat().join("\n");
  }

  #unwritten(holder: object, key: string | number): Comments | undefined {
    const origin = this.#places.get(holder, key);
    if (!origin?.comments || this.#written.has(origin)) return undefined;
    this.#written.add(origin);
    return origin.comments;
  }

  /** Comments of the original that stand beside nothing that was written. */
  unused(value: Json): string[] {
    if (typeof value !== "object" || value === null) return [];
    const entries: [string | number, Json | undefined][] = Array.isArray(value)
      ? [...value.entries()]
      : Object.entries(value);
    return entries.flatMap(([key, item]) => {
      const origin = this.#places.get(value, key);
      const comments = origin && !this.#written.has(origin) ? Object.values(origin.comments ?? {}) : [];
      return [...comments, ...this.unused(item ?? null)];
    });
  }
}

/** `steps` and `chain` hold the most and come last. */
function ordered(keys: readonly string[]): string[] {
  const ranks = new Map(keyOrder.map((key, index) => [key, index]));
  const rank = (key: string) =>
    key === "steps" || key === "chain" ? keyOrder.length + 1 : (ranks.get(key) ?? keyOrder.length);
  return [...keys].sort((a, b) => rank(a) - rank(b));
}
