/** Tells whether paths fit; paths are relative, with `/`. */
export type PathTest = (path: string) => boolean;

const maxAlternatives = 256;

/**
 * A glob over paths: `*` and `?` inside a segment, `**` over any number of them, `[a-z]`, `{a,b}`. Names that begin with
 * a dot are names like others. A pattern whose last segment is plain also stands for all that lies below it: `src` for
 * `src/a.ts`, but `*` not.
 */
export function globTest(glob: string): PathTest {
  const patterns = alternatives(glob).map(segmentsOf);
  return (path) => {
    const segments = path.split("/").filter((segment) => segment !== "." && segment !== "");
    return patterns.some((pattern) => fits(pattern, segments));
  };
}

/** Fits where any of the globs does. */
export function anyGlob(globs: readonly string[]): PathTest {
  const tests = globs.map(globTest);
  return (path) => tests.some((test) => test(path));
}

type Segment = "**" | { readonly plain: string } | { readonly pattern: RegExp };

function segmentsOf(pattern: string): readonly Segment[] {
  const parts = pattern.split("/").filter((part) => part !== "" && part !== ".");
  const segments = parts.map(segmentOf);
  const last = segments.at(-1);
  const isFolder = last === undefined || pattern.endsWith("/") || (last !== "**" && "plain" in last);
  return isFolder ? [...segments, "**"] : segments;
}

function segmentOf(part: string): Segment {
  if (/^\*{2,}$/.test(part)) return "**";
  if (!/[*?[]/.test(part)) return { plain: part };
  const source = part.replaceAll(
    /\*+|\?|\[(!|\^)?([^\]]+)\]|[^*?[]+|\[/g,
    (found, not?: string, set?: string) => {
      if (found.startsWith("*")) return "[^/]*";
      if (found === "?") return "[^/]";
      if (set !== undefined)
        return `[${not === undefined ? "" : "^"}${set.replaceAll(/[\\[\]^]/g, String.raw`\$&`)}]`;
      return found.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
    },
  );
  try {
    return { pattern: new RegExp(`^${source}$`, "su") };
  } catch {
    // A range that runs backwards, such as [z-a].
    return { plain: part };
  }
}

/** Every state is looked at once: the time is the product of both lengths, whatever the pattern. */
function fits(pattern: readonly Segment[], path: readonly string[]): boolean {
  let states = new Set([0]);
  skipStars(pattern, states);
  for (const name of path) {
    const next = new Set<number>();
    for (const state of states) {
      const segment = pattern[state];
      if (segment === undefined) continue;
      if (segment === "**") next.add(state);
      else if ("plain" in segment ? segment.plain === name : segment.pattern.test(name)) next.add(state + 1);
    }
    skipStars(pattern, next);
    states = next;
  }
  return states.has(pattern.length);
}

function skipStars(pattern: readonly Segment[], states: Set<number>): void {
  for (const state of states) if (pattern[state] === "**") states.add(state + 1);
}

/** `src/{a,b}.ts` → `src/a.ts`, `src/b.ts`. What has too many readings fits nothing but itself. */
function alternatives(text: string): readonly string[] {
  let open = [text];
  for (;;) {
    const next = open.flatMap(expandFirst);
    if (next.length === open.length) return next;
    if (next.length > maxAlternatives) return [text];
    open = next;
  }
}

function expandFirst(pattern: string): readonly string[] {
  const match = /\{([^{}]*,[^{}]*)\}/.exec(pattern);
  if (!match) return [pattern];
  const before = pattern.slice(0, match.index);
  const after = pattern.slice(match.index + match[0].length);
  return (match[1] ?? "").split(",").map((choice) => before + choice + after);
}
