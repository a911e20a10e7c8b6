/** A glob, cut into segments. Braces are spelled out as several patterns. */
export interface Glob {
  readonly text: string;
  readonly patterns: readonly (readonly string[])[];
}

const maxAlternatives = 64;

/** Why a glob cannot be used; undefined when it can. Globs are relative to the working directory. */
export function globFault(text: string): string | undefined {
  if (text.startsWith("/") || /^[A-Za-z]:[\\/]/.test(text))
    return "it must be relative to the working directory";
  if (text.split("/").includes("..")) return "it must stay inside the working directory";
  return text.startsWith("!") ? "it must say what is meant, not what is left out" : undefined;
}

export function parseGlob(text: string): Glob {
  return { text, patterns: alternatives(text).map(segments) };
}

function segments(pattern: string): string[] {
  const parts = pattern.split("/").filter((part) => part !== "" && part !== ".");
  return pattern.endsWith("/") || parts.length === 0 ? [...parts, "**"] : parts;
}

/** `src/{a,b}.ts` → `src/a.ts`, `src/b.ts`; too many become one `*`. */
function alternatives(text: string): string[] {
  let open = [text];
  for (;;) {
    const next = open.flatMap(expandFirst);
    if (next.length === open.length && next.every((pattern, index) => pattern === open[index])) return next;
    if (next.length > maxAlternatives) return [text.replaceAll(/\{.*\}/g, "**")];
    open = next;
  }
}

function expandFirst(pattern: string): string[] {
  const match = /\{([^{}]*)\}/.exec(pattern);
  if (!match) return [pattern];
  const before = pattern.slice(0, match.index);
  const after = pattern.slice(match.index + match[0].length);
  return (match[1] ?? "").split(",").map((choice) => before + choice + after);
}

/**
 * True when some path may fit both globs. Exact for `*`, `?`, `**` and braces; conservative for `[…]`, which is taken
 * as any character, and for a plain path, which may also be a folder and then stands for all that lies in it.
 */
export function globsOverlap(a: Glob, b: Glob): boolean {
  return a.patterns.some((one) => b.patterns.some((other) => overlap(one, other)));
}

/** True when the glob reads the path, which is plain. Exact but for `[…]`, which is taken as any character. */
export function globFits({ patterns }: Glob, path: readonly string[]): boolean {
  return patterns.some((pattern) => fits(pattern, path));
}

function fits([first, ...others]: readonly string[], path: readonly string[]): boolean {
  const [name, ...below] = path;
  if (first === undefined) return name === undefined;
  if (first === "**") return fits(others, path) || (name !== undefined && fits([first, ...others], below));
  return name !== undefined && segmentsOverlap(first, name) && fits(others, below);
}

function overlap(a: readonly string[], b: readonly string[]): boolean {
  const seen = new Set<number>();
  const open: [number, number][] = [[0, 0]];
  for (let pair = open.pop(); pair; pair = open.pop()) {
    const [i, j] = pair;
    const key = i * (b.length + 1) + j;
    if (seen.has(key)) continue;
    seen.add(key);
    if (isEnd(a, i, b, j) || isEnd(b, j, a, i)) return true;
    open.push(...nextPairs({ a, i, b, j }));
  }
  return false;
}

/** `a` is used up: it fits when `b` is too, can be, or goes on below a plain name (a folder). */
function isEnd(a: readonly string[], i: number, b: readonly string[], j: number): boolean {
  if (i < a.length) return false;
  const rest = b.slice(j);
  if (rest.every((segment) => segment === "**")) return true;
  const last = a.at(-1);
  return last !== undefined && !/[*?[]/.test(last);
}

interface Pair {
  readonly a: readonly string[];
  readonly i: number;
  readonly b: readonly string[];
  readonly j: number;
}

function nextPairs({ a, i, b, j }: Pair): [number, number][] {
  const one = a[i];
  const other = b[j];
  if (one === "**" || other === "**") {
    // It stands for nothing more, or for one more segment of the other side: both move one side only.
    const next: [number, number][] = [];
    if (i < a.length) next.push([i + 1, j]);
    if (j < b.length) next.push([i, j + 1]);
    return next;
  }
  return one !== undefined && other !== undefined && segmentsOverlap(one, other) ? [[i + 1, j + 1]] : [];
}

/** True when some name fits both segments. */
function segmentsOverlap(a: string, b: string): boolean {
  if (!/[*?[]/.test(a + b)) return a === b;
  const one = tokensOf(a);
  const other = tokensOf(b);
  const seen = new Set<number>();
  const open: [number, number][] = [[0, 0]];
  for (let pair = open.pop(); pair; pair = open.pop()) {
    const [i, j] = pair;
    const key = i * (other.length + 1) + j;
    if (seen.has(key)) continue;
    seen.add(key);
    if (i === one.length && j === other.length) return true;
    if (one[i] === "*") open.push([i + 1, j]);
    if (other[j] === "*") open.push([i, j + 1]);
    const stepped = step(one[i], other[j]);
    if (stepped) open.push([i + stepped[0], j + stepped[1]]);
  }
  return false;
}

/** How far one more common character moves each side; undefined when there is none. */
function step(a: string | undefined, b: string | undefined): readonly [number, number] | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (a !== "*" && b !== "*" && a !== b && a !== "?" && b !== "?") return undefined;
  return [a === "*" ? 0 : 1, b === "*" ? 0 : 1];
}

/** Characters, with `[…]` as `?`. */
function tokensOf(segment: string): string[] {
  return Array.from(segment.replaceAll(/\[[^\]]+\]/g, "?").replaceAll(/\*+/g, "*"));
}

/** The leading segments without wildcards: two globs overlap only when one's are the beginning of the other's. */
export function fixedSegments(pattern: readonly string[]): readonly string[] {
  const end = pattern.findIndex((segment) => /[*?[]/.test(segment));
  return end < 0 ? pattern : pattern.slice(0, end);
}
