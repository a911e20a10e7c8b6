import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseAllDocuments,
  parseDocument,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { Json } from "../expression/json.ts";
import { literalOf } from "./assignment.ts";
import { Report } from "./diagnostics/report.ts";
import { type Comments, type Origin, Places } from "./places.ts";
import { type Range, SourceText } from "./source-text.ts";
import { isFatal } from "./yaml-errors.ts";
import { reportMistakes } from "./yaml-templates.ts";

const maxCharacters = 16_000_000;
const maxDepth = 200;
/** Values that aliases may bring in, all together: a bomb of nested aliases ends here. */
const maxAliasedValues = 20_000;

/** A YAML or JSON text as plain values, with the place of every member. */
export interface ParsedText {
  readonly value: Json | undefined;
  readonly source: SourceText;
  readonly places: Places;
  readonly report: Report;
  /** Comments at the top of the file and at its end. */
  readonly header: string | undefined;
  readonly footer: string | undefined;
}

/**
 * Reads YAML 1.2 or JSON. Every mistake of the text goes to the report; the value is undefined when it is too broken
 * to look at what is in it. Only JSON values come out: aliases are copied (bounded), `<<` is merged, keys are texts.
 */
export function parseText(text: string, file?: string): ParsedText {
  // Offsets count from the text after the byte order mark.
  const clean = text.startsWith("\ufeff") ? text.slice(1) : text;
  const source = new SourceText(clean, file);
  const places = new Places();
  const report = new Report({ source, places });
  const nothing = { value: undefined, source, places, report, header: undefined, footer: undefined };
  const document = clean.length > maxCharacters ? tooLong(report) : readDocument(clean, report);
  if (!document || document.errors.some(isFatal)) return nothing;
  const reader = new Reader(document, report, places);
  const value = reader.read(document.contents, 0);
  return {
    ...nothing,
    value: value === undefined ? null : value,
    header: joined(document.commentBefore, document.contents?.commentBefore),
    footer: joined(document.contents?.comment, document.comment),
  };
}

function joined(...texts: readonly (string | null | undefined)[]): string | undefined {
  const some = texts.filter((text) => typeof text === "string" && text !== "");
  return some.length > 0 ? some.join("\n") : undefined;
}

function tooLong(report: Report): undefined {
  report.add({
    code: "YAML_SYNTAX",
    message: `Cannot read the workflow: it is longer than ${maxCharacters} characters`,
    fix: "split it into several workflows",
    range: { start: 0, end: 0 },
  });
}

function readDocument(text: string, report: Report): Document.Parsed | undefined {
  const literal = literalOf(text);
  if (literal.more !== undefined) secondWorkflow(report, literal.more);
  const [first = parseDocument(""), second] = documentsOf(literal.text);
  const parse = (other: string): Document.Parsed => documentsOf(other)[0] ?? first;
  if (reportMistakes(literal.text, { first, parse, report })) return undefined;
  if (second) secondWorkflow(report, second.range[0]);
  const repaired = withoutInnerColons(literal.text, first);
  return repaired === undefined ? first : (documentsOf(repaired)[0] ?? first);
}

function documentsOf(text: string): readonly Document.Parsed[] {
  const options = { prettyErrors: false, uniqueKeys: false, strict: true, logLevel: "error" } as const;
  const documents = parseAllDocuments(text, options);
  return "empty" in documents ? [] : documents;
}

/**
 * `params: fix: this` makes the parser take the lines below for parts of the value. That mistake has been reported; so
 * that it hides no others, the inner colon is replaced by a sign of the same width and the text is read again.
 */
function withoutInnerColons(text: string, document: Document.Parsed): string | undefined {
  const errors = document.errors.filter(({ code }) => code === "BLOCK_AS_IMPLICIT_KEY");
  if (errors.length === 0) return undefined;
  const characters = text.split("");
  for (const { pos } of errors) {
    const end = text.indexOf("\n", pos[0]);
    for (let at = pos[0]; at < (end < 0 ? text.length : end); at++) {
      if (text[at] === ":" && /\s/.test(text[at + 1] ?? " ")) characters[at] = "\u2236";
    }
  }
  return characters.join("");
}

function secondWorkflow(report: Report, at: number): void {
  report.add({
    code: "YAML_SYNTAX",
    message: "Cannot read a second workflow: a file holds one",
    fix: "move what follows into a file of its own",
    range: { start: at, end: at + 3 },
  });
}

interface Written {
  readonly range?: readonly [number, number, number] | null;
  readonly comment?: string | null;
  readonly commentBefore?: string | null;
}

class Reader {
  readonly #document: Document.Parsed;
  readonly #report: Report;
  readonly #places: Places;
  #aliased = 0;
  #insideAlias = 0;
  readonly #open = new Set<unknown>();

  constructor(document: Document.Parsed, report: Report, places: Places) {
    this.#document = document;
    this.#report = report;
    this.#places = places;
  }

  read(node: unknown, depth: number): Json | undefined {
    if (this.#insideAlias > 0 && ++this.#aliased > maxAliasedValues) return undefined;
    if (depth > maxDepth)
      return this.#complain(node, "it is nested too deeply", `nest at most ${maxDepth} levels`);
    if (isScalar(node)) return this.#scalar(node);
    if (isMap(node)) return this.#map(node, depth);
    if (isSeq(node)) return this.#list(node, depth);
    return isAlias(node) ? this.#alias(node, depth) : undefined;
  }

  #scalar(node: Scalar): Json | undefined {
    const { value, source } = node;
    if (typeof value !== "number" || !isInexact(value, source ?? "")) return scalar(value);
    const what = Number.isFinite(value)
      ? "whole numbers beyond 2^53 are not kept exactly"
      : "there is no such number in JSON";
    return this.#complain(node, what, "put it into quotes");
  }

  #alias(node: Alias, depth: number): Json | undefined {
    const target = node.resolve(this.#document);
    if (target === undefined) {
      return this.#complain(
        node,
        `no anchor &${node.source} stands before it`,
        `write &${node.source} before the value that is meant`,
      );
    }
    if (this.#open.has(target)) return this.#complain(node, "it contains itself", "write the inner part out");
    this.#insideAlias++;
    const value = this.read(target, depth);
    this.#insideAlias--;
    if (this.#aliased <= maxAliasedValues) return value;
    return this.#complain(
      node,
      `the aliases stand for more than ${maxAliasedValues} values`,
      "use fewer or smaller aliases",
    );
  }

  #list(node: YAMLSeq, depth: number): Json {
    const list: Json[] = [];
    this.#open.add(node);
    for (const item of node.items) {
      this.#places.set(list, list.length, { value: rangeOf(item), ...commentsOf(item) });
      list.push(this.read(item, depth + 1) ?? null);
    }
    this.#open.delete(node);
    return list;
  }

  #map(node: YAMLMap, depth: number): Json {
    const object: Record<string, Json> = {};
    const merged: Json[] = [];
    this.#open.add(node);
    for (const pair of node.items) {
      const key = this.#key(pair.key);
      if (key === undefined) continue;
      const value = this.read(pair.value, depth + 1) ?? null;
      if (key === "<<") merged.push(value);
      else this.#member({ object, key, value, pair });
    }
    this.#open.delete(node);
    for (const value of merged.flat()) this.#merge(object, value);
    return object;
  }

  #member({
    object,
    key,
    value,
    pair,
  }: {
    object: Record<string, Json>;
    key: string;
    value: Json;
    pair: { key: unknown; value: unknown };
  }): void {
    if (Object.hasOwn(object, key)) {
      this.#report.add({
        code: "YAML_SYNTAX",
        message: `Cannot take "${key}" twice: the same block has this key already`,
        fix: "keep one of the two",
        range: rangeOf(pair.key),
      });
      return;
    }
    object[key] = value;
    const range = pair.value ? rangeOf(pair.value) : undefined;
    const written = range && range.end > range.start ? range : rangeOf(pair.key);
    this.#places.set(object, key, { key: rangeOf(pair.key), value: written, ...pairComments(pair) });
  }

  #key(node: unknown): string | undefined {
    const text = isScalar(node) ? keyText(node) : undefined;
    if (text === "__proto__") {
      this.#complain(node, "this name is taken by the machine itself", "choose another name");
      return undefined;
    }
    if (text !== undefined) return text;
    this.#complain(
      node,
      "a key is a text",
      "write a plain word before the colon; quote a value that begins with { or [",
    );
    return undefined;
  }

  #merge(object: Record<string, Json>, value: Json): void {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return;
    for (const [key, item] of Object.entries(value)) {
      if (Object.hasOwn(object, key) || item === undefined) continue;
      object[key] = item;
      this.#places.move({ holder: value, key }, { holder: object, key });
    }
  }

  #complain(node: unknown, what: string, fix: string): undefined {
    const range = rangeOf(node);
    const shown = this.#report.excerpt(range);
    this.#report.add({ code: "YAML_SYNTAX", message: `Cannot read "${shown}": ${what}`, fix, range });
  }
}

/** `1.10:` and `true:` are keys "1.10" and "true": as they are written, however long a number is. */
function keyText({ value, source }: Scalar): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? (source ?? `${value}`) : undefined;
}

function scalar(value: unknown): Json {
  return value === undefined || typeof value === "object" ? null : (value as Json);
}

/** True for what is no JSON number, and for a whole number that JSON does not give back with these digits. */
function isInexact(value: number, source: string): boolean {
  if (Number.isSafeInteger(value)) return false;
  return !Number.isFinite(value) || (/^[-+]?\d+$/.test(source) && `${value}` !== source);
}

function rangeOf(node: unknown): Range {
  const range = (node as Written | null)?.range;
  return range ? { start: range[0], end: range[1] } : { start: 0, end: 0 };
}

function commentsOf(node: unknown): Pick<Origin, "comments"> {
  const { comment, commentBefore } = (node ?? {}) as Written;
  return comments(commentBefore, comment);
}

function pairComments(pair: { key: unknown; value: unknown }): Pick<Origin, "comments"> {
  const key = (pair.key ?? {}) as Written;
  const value = (pair.value ?? {}) as Written;
  return comments(joined(key.commentBefore, value.commentBefore), joined(key.comment, value.comment));
}

function comments(
  before: string | null | undefined,
  after: string | null | undefined,
): Pick<Origin, "comments"> {
  if (!before && !after) return {};
  const found: Comments = { ...(before ? { before } : {}), ...(after ? { after } : {}) };
  return { comments: found };
}
