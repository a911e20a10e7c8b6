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

/** True when the list lets this shell line run: by `Bash`, or by a pattern of it that the line fits. */
export function permitsShell(tools: readonly string[] | undefined, line: string): boolean {
  const patterns = (tools ?? []).map((tool) => /^bash(?:\((.*)\))?$/is.exec(tool.trim())).filter(Boolean);
  return patterns.some((match) => match?.[1] === undefined || fitsShell(line, match[1]));
}

/**
 * True when a shell line fits what stands in the parentheses of `Bash(…)`, as Claude Code reads it: `*` is any text, and
 * ` *` or `:*` at the end any arguments, or none. A line of more than one command fits only `*` and itself.
 */
export function fitsShell(line: string, specifier: string): boolean {
  const said = line.trim();
  const pattern = specifier.trim().replace(/:\*$/, " *").trim();
  if (pattern === "*" || said === pattern) return true;
  if (/[;&|<>`\n]|\$\(/.test(said)) return false;
  const command = pattern.endsWith(" *") ? pattern.slice(0, -2) : undefined;
  if (command !== undefined && fitsGlob(said, command.split("*"))) return true;
  return fitsGlob(said, pattern.split("*"));
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
