import { isObject } from "../expression/json.ts";
import type { Json } from "../expression/json.ts";

/**
 * The tools a file names, from a string (separated by commas or spaces), a list, or a mapping of tool to patterns.
 * What stands in parentheses belongs to its tool. Undefined: all tools (nothing said, `all` or `*`).
 */
export function readTools(value: Json | undefined): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  const tools = [...new Set(namesIn(value))];
  return tools.some((tool) => tool === "*" || tool.toLowerCase() === "all") ? undefined : tools;
}

function namesIn(value: Json | undefined): string[] {
  if (typeof value === "string") return splitTools(value);
  if (Array.isArray(value)) return value.flatMap(namesIn);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([tool, patterns]) => {
    if (patterns === false) return [];
    const list = Array.isArray(patterns) ? patterns : [patterns];
    const texts = list.filter((item) => typeof item === "string");
    return texts.length === 0 ? [tool] : texts.map((pattern) => `${tool}(${pattern})`);
  });
}

/** `Read, Bash(git add:*, x y) Write` → three tools; a parenthesis that is never closed goes to the end. */
export function splitTools(text: string): string[] {
  const tools: string[] = [];
  let depth = 0;
  let current = "";
  for (const character of text) {
    if (character === "(") depth += 1;
    if (character === ")") depth = Math.max(0, depth - 1);
    if (depth === 0 && /[\s,]/.test(character)) {
      tools.push(current);
      current = "";
    } else current += character;
  }
  tools.push(current);
  return tools.map(bare).filter((tool) => tool !== "");
}

/** Without the brackets and quotes of a list that was written as text. */
function bare(tool: string): string {
  return tool.replaceAll(/^[["']+|["'\]]+$/g, "");
}

/**
 * True when the list lets this shell line run: `Bash`, `Bash(*)`, or a pattern that the line begins with. A pattern
 * never permits a line of more than one command.
 */
export function permitsShell(tools: readonly string[] | undefined, line: string): boolean {
  const patterns = (tools ?? []).map((tool) => /^bash(?:\((.*)\))?$/is.exec(tool.trim())).filter(Boolean);
  return patterns.some((match) => {
    const pattern = match?.[1]?.trim();
    if (pattern === undefined || pattern === "*" || pattern === ":*") return true;
    return !/[;&|<>`\n]|\$\(/.test(line) && fitsPattern(line.trim(), pattern);
  });
}

function fitsPattern(line: string, pattern: string): boolean {
  const prefix = pattern.endsWith(":*") ? pattern.slice(0, -2) : undefined;
  if (prefix !== undefined) return line === prefix || line.startsWith(`${prefix} `);
  return fitsGlob(line, pattern.split("*"));
}

/** `*` stands for any text. Each part is sought once, so no pattern is slow. */
function fitsGlob(line: string, parts: readonly string[]): boolean {
  const first = parts[0] ?? "";
  const last = parts.at(-1) ?? "";
  if (parts.length === 1) return line === first;
  if (!line.startsWith(first) || line.length < first.length + last.length) return false;
  let from = first.length;
  for (const part of parts.slice(1, -1)) {
    const place = line.indexOf(part, from);
    if (place < 0) return false;
    from = place + part.length;
  }
  return line.endsWith(last) && line.length - last.length >= from;
}
