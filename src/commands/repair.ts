import type { Json } from "../expression/json.ts";
import type { Oddity } from "./front-matter.ts";
import { readMapping, toJson } from "./yaml-text.ts";
import type { Entry } from "./yaml-text.ts";

/** Keys that Claude Code, tutti and other agents give a meaning: they start a value even in the middle of prose. */
const knownKeys = new Set(
  `name description allowed-tools disallowed-tools tools disallowedTools argument-hint arguments model dependencies
  complexity agents agent output effort context hooks color version license metadata author tags type skills memory
  permissionMode mcpServers maxTurns initialPrompt background isolation user-invocable disable-model-invocation
  when_to_use paths shell title category globs alwaysApply`.split(/\s+/),
);

/** The key that a line at the left margin starts, with what follows the colon. */
export function keyOfLine(line: string): { readonly key: string; readonly rest: string } | undefined {
  const match = /^(["']?)([\p{L}_][\p{L}\p{N}_.-]*(?: [\p{L}\p{N}_.-]+){0,2})\1[ \t]*:(?:[ \t]+(.*)|)$/u.exec(
    line,
  );
  return match ? { key: match[2] ?? "", rest: (match[3] ?? "").trim() } : undefined;
}

interface Block {
  readonly key: string;
  readonly rest: string;
  /** In the file, from 1. */
  readonly line: number;
  readonly lines: string[];
}

export interface Repaired {
  readonly entries: readonly Entry[];
  readonly oddities: readonly Oddity[];
}

/**
 * Reads a front matter that strict YAML rejects, key by key: what is well-formed alone is taken as YAML, the rest as
 * the text that it is. Nothing is thrown away but lines before the first key; everything done is told.
 */
export function repairMapping(text: string, firstLine: number): Repaired {
  const { blocks, stray } = blocksOf(text.split("\n"), firstLine);
  const oddities: Oddity[] = stray === undefined ? [] : [strayOddity(stray)];
  const entries = new Map<string, Entry>();
  for (const block of blocks) {
    const twin = entries.get(block.key);
    if (twin) oddities.push(duplicateOddity(block, twin.line));
    const { value, oddity } = readBlock(block);
    if (oddity) oddities.push(oddity);
    const { key, rest, line, lines } = block;
    entries.set(key, { key, value, raw: rest, line, column: 1, lineText: lines[0] ?? "" });
  }
  return { entries: [...entries.values()], oddities };
}

function blocksOf(lines: readonly string[], firstLine: number) {
  const blocks: Block[] = [];
  let stray: number | undefined;
  let examples = 0;
  lines.forEach((text, index) => {
    const start = keyOfLine(text);
    const current = blocks.at(-1);
    if (start && startsBlock(start.key, { current, inExample: examples > 0 }))
      blocks.push({ ...start, line: firstLine + index, lines: [text] });
    else if (current) current.lines.push(text);
    else if (text.trim() !== "" && !text.startsWith("#")) stray ??= firstLine + index;
    examples = Math.max(0, examples + count(text, "<example>") - count(text, "</example>"));
  });
  return { blocks, stray };
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

/**
 * Prose at the left margin has lines such as `user: …` or `Examples:` too. Inside `<example>` only the keys that end a
 * description in practice count; after a blank line only those that look like keys.
 */
function startsBlock(
  key: string,
  place: { readonly current: Block | undefined; readonly inExample: boolean },
): boolean {
  if (knownKeys.has(key)) return !place.inExample || key === "model" || key === "tools" || key === "color";
  if (place.inExample) return false;
  const inProse = place.current?.lines.at(-1)?.trim() === "";
  return !inProse || /^[a-z][a-z0-9_-]*$/.test(key);
}

interface Reading {
  readonly value: Json;
  readonly oddity?: Oddity;
}

function readBlock(block: Block): Reading {
  const source = block.lines.join("\n");
  const strict = valueOf(source, block);
  if (strict) return strict;
  const tabs = valueOf(
    source.replaceAll(/^\t+/gm, (tabs) => "  ".repeat(tabs.length)),
    block,
  );
  if (tabs)
    return { ...tabs, oddity: oddity(block, "is indented with tabs", "they were read as two spaces each") };
  const twice = valueOf(source, block, true);
  if (twice) return { ...twice, oddity: oddity(block, "has a key twice", "the last one counts") };
  return { value: plainValue(block), oddity: plainOddity(block) };
}

function valueOf(source: string, block: Block, duplicates = false): Reading | undefined {
  const reading = readMapping(source, { firstLine: block.line, duplicates });
  const entry = reading.ok && reading.entries.length === 1 ? reading.entries[0] : undefined;
  return entry ? { value: entry.value } : undefined;
}

/** The value as text, or as a list of texts when every line below the key is an item. */
function plainValue(block: Block): Json {
  const below = block.lines.slice(1);
  const filled = below.filter((line) => line.trim() !== "");
  const items = filled.filter((line) => /^\s*- /.test(line));
  if (block.rest === "" && items.length > 0 && items.length === filled.length)
    return items.map((line) => toJson(unquoted(line.replace(/^\s*- /, "").trim())));
  const first = /^[|>][+-]?\d?$/.test(block.rest) ? "" : unquoted(block.rest);
  if (filled.length === 0) return first === "" ? null : first;
  const folded = filled.length === below.length && filled.every((line) => /^\s/.test(line)) && first !== "";
  if (folded) return unquoted([block.rest, ...filled.map((line) => line.trim())].join(" "));
  return [first, ...below.map((line) => line.trimEnd())].join("\n").trim();
}

/** Without the quotes around it, when both are there or only the first. */
function unquoted(text: string): string {
  const quote = text[0];
  if (quote !== '"' && quote !== "'") return text;
  const inner = text.length > 1 && text.endsWith(quote) ? text.slice(1, -1) : text.slice(1);
  return quote === '"' ? inner.replaceAll('\\"', '"') : inner.replaceAll("''", "'");
}

function oddity(block: Block, what: string, repair: string): Oddity {
  return {
    line: block.line,
    what: `"${block.key}" ${what}`,
    repair,
    fix: `write "${block.key}" as valid YAML`,
  };
}

function duplicateOddity(block: Block, line: number): Oddity {
  return {
    line: block.line,
    what: `"${block.key}" stands here and at line ${line}`,
    repair: "the last one counts",
    fix: `keep one "${block.key}"`,
  };
}

function strayOddity(line: number): Oddity {
  return {
    line,
    what: "text stands before the first key",
    repair: "it was left out",
    fix: "remove it, or move it below the closing ---",
  };
}

/** Why the value is not YAML, in the order in which one sees it. */
function plainOddity(block: Block): Oddity {
  const below = block.lines.slice(1).filter((line) => line.trim() !== "");
  const why = whyPlain(block.rest);
  if (why === undefined && below.some((line) => /^\S/.test(line)))
    return {
      ...oddity(block, "goes on with lines that are not indented", "they were taken as part of its text"),
      fix: `write "${block.key}: |" and indent the lines below it`,
    };
  return {
    ...oddity(block, why ?? "is not valid YAML", "the value was taken as plain text"),
    fix: `put the value in quotes: ${block.key}: '…'`,
  };
}

function whyPlain(rest: string): string | undefined {
  if (/^["']/.test(rest)) return "has quotes inside quotes or no closing quote";
  if (/^\[(?:[^\]]*$|\s*#)/.test(rest)) return "has a bracket that is never closed";
  if (/^[[{]/.test(rest)) return "has text after the closing bracket";
  if (/:(?:\s|$)/.test(rest)) return "has an unquoted colon";
  return /^[@`*&%!]/.test(rest) ? `starts with ${rest[0]}` : undefined;
}
