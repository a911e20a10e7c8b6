import { LineCounter, isMap, isScalar, parseDocument } from "yaml";
import type { Document, Node } from "yaml";
import type { Json } from "../expression/json.ts";

/** One key of a front matter. `raw`: its value as the file writes it; `line` and `column` count from 1. */
export interface Entry {
  readonly key: string;
  readonly value: Json;
  readonly raw: string;
  readonly line: number;
  readonly column: number;
  /** The whole line in which the key stands. */
  readonly lineText: string;
}

export interface YamlMistake {
  readonly code: string;
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

export type YamlReading =
  | { readonly ok: true; readonly entries: readonly Entry[] }
  | { readonly ok: false; readonly mistakes: readonly YamlMistake[] };

/**
 * A mapping read strictly (YAML 1.2). `firstLine`: the line in the file of the text's first line.
 * `duplicates`: keys that come twice are allowed, the last one counts.
 */
export function readMapping(
  text: string,
  options: { readonly firstLine: number; readonly duplicates?: boolean },
): YamlReading {
  const document = parseDocument(text, {
    uniqueKeys: options.duplicates !== true,
    prettyErrors: true,
    logLevel: "silent",
  });
  if (document.errors.length > 0) {
    const mistakes = document.errors.map((error) => ({
      code: error.code,
      message: (error.message.split("\n")[0] ?? "").replace(/ at line \d+, column \d+:?$/, ""),
      line: options.firstLine + (error.linePos?.[0].line ?? 1) - 1,
      column: error.linePos?.[0].col ?? 1,
    }));
    return { ok: false, mistakes };
  }
  // The parser drops what follows an end mark (`...`) without a word.
  const end = document.range[2];
  if (/^(?!\.\.\.\s*$|\s*#|\s*$)/m.test(text.slice(end)))
    return failed(options.firstLine + text.slice(0, end).split("\n").length - 1, "It goes on after its end");
  try {
    return entriesOf(document, { text, firstLine: options.firstLine });
  } catch (error) {
    // An alias without its anchor, or a bomb of aliases.
    return failed(options.firstLine, error instanceof Error ? error.message : String(error));
  }
}

function failed(line: number, message: string): YamlReading {
  return { ok: false, mistakes: [{ code: "NOT_A_MAPPING", message, line, column: 1 }] };
}

interface Source {
  readonly text: string;
  readonly firstLine: number;
}

function entriesOf(document: Document.Parsed, source: Source): YamlReading {
  const { contents } = document;
  if (contents === null) return { ok: true, entries: [] };
  if (!isMap(contents)) return failed(source.firstLine, "It is not a list of keys with values");
  const placeOf = placesIn(source);
  const entries = new Map<string, Entry>();
  for (const { key, value } of contents.items) {
    const entry = {
      key: isScalar(key) ? (key.source ?? String(key.value)) : String(key),
      value: toJson(value?.toJS(document)),
      raw: rawOf(value, source.text),
      ...placeOf(key),
    };
    entries.set(entry.key, entry);
  }
  return { ok: true, entries: [...entries.values()] };
}

function placesIn({ text, firstLine }: Source): (node: Node) => Pick<Entry, "line" | "column" | "lineText"> {
  const counter = new LineCounter();
  for (const { index } of text.matchAll(/^/gm)) counter.addNewLine(index);
  const lines = text.split("\n");
  return (node) => {
    const { line, col } = counter.linePos(node.range?.[0] ?? 0);
    return { line: firstLine + line - 1, column: col, lineText: lines[line - 1] ?? "" };
  };
}

function rawOf(node: Node | null, text: string): string {
  return node?.range ? text.slice(node.range[0], node.range[1]).trim() : "";
}

/** What a YAML value is as JSON; what JSON has no word for becomes text. */
export function toJson(value: unknown, depth = 0): Json {
  if (Array.isArray(value)) return depth > 100 ? null : value.map((item) => toJson(item, depth + 1));
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "bigint":
      return String(value);
    case "object":
      return value === null || depth > 100 ? null : objectOf(value, depth);
    default:
      return null;
  }
}

function objectOf(value: object, depth: number): Json {
  // Only YAML's !!binary gives bytes.
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  const pairs = Object.entries(value).map(([key, item]): [string, Json] => [key, toJson(item, depth + 1)]);
  return Object.fromEntries(pairs);
}
