import {
  addHits,
  countIn,
  type CoverageReport,
  type FileCoverage,
  type Hits,
  type Share,
  shareOfHits,
  uncoveredLines,
} from "./coverage-report.ts";

/** The records of one source file; a tracefile may hold several of them, one for each test. */
interface Section {
  readonly lines: Hits;
  readonly branches: Hits;
  readonly functions: Hits;
  /** Counts for what is not told one by one. */
  readonly counts: Map<string, number>;
}

/**
 * Reads an LCOV tracefile (`geninfo(1)`). Throws an Error that says what is wrong with it: a record that cannot be read,
 * or an end in the middle of a file's records.
 */
export function readLcov(text: string): CoverageReport {
  const sections = new Map<string, Section>();
  let open: Section | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const { key, rest } = recordOf(line);
    if (key === "SF") {
      open = sections.get(rest) ?? newSection();
      sections.set(rest, open);
    } else if (key === "end_of_record") open = undefined;
    else if (open && records.get(key)?.(open, rest) === false)
      throw new Error(`line ${index + 1} cannot be read: ${line.slice(0, 80)}`);
  }
  if (open) throw new Error("it ends in the middle: the last file has no end_of_record");
  return { format: "lcov", files: [...sections].map(([path, section]) => fileOf(path, section)) };
}

function recordOf(line: string): { readonly key: string; readonly rest: string } {
  const trimmed = line.trim();
  const colon = trimmed.indexOf(":");
  return colon < 0
    ? { key: trimmed, rest: "" }
    : { key: trimmed.slice(0, colon), rest: trimmed.slice(colon + 1) };
}

function newSection(): Section {
  return {
    lines: new Map(),
    branches: new Map(),
    functions: new Map(),
    counts: new Map(),
  };
}

type Take = (section: Section, rest: string) => boolean;

const records: ReadonlyMap<string, Take> = new Map(
  Object.entries({
    DA: ({ lines }, rest) => {
      const [line, count] = rest.split(",");
      return take(lines, countIn(line) === undefined ? undefined : line, count);
    },
    BRDA: ({ branches }, rest) => {
      const [line = "", ...more] = rest.split(",");
      const taken = more.pop();
      return take(branches, [line, ...more].join(","), taken === "-" ? "0" : taken);
    },
    FN: ({ functions }, rest) => take(functions, functionName(rest), "0"),
    FNDA: ({ functions }, rest) => {
      const comma = rest.indexOf(",");
      return take(functions, rest.slice(comma + 1), rest.slice(0, comma));
    },
    // Newer tracefiles: index, count, name.
    FNA: ({ functions }, rest) => {
      const [, count, ...name] = rest.split(",");
      return take(functions, name.join(","), count);
    },
    ...Object.fromEntries(["LF", "LH", "BRF", "BRH", "FNF", "FNH"].map((key) => [key, countOf(key)])),
  } satisfies Readonly<Record<string, Take>>),
);

/** `FN:line,name` or `FN:line,end,name`. */
function functionName(rest: string): string {
  return rest.replace(/^\d+,(?:\d+,)?/, "");
}

function take(hits: Hits, name: string | undefined, count: string | undefined): boolean {
  const number = countIn(count);
  if (name === undefined || name === "" || number === undefined) return false;
  addHits(hits, name, number);
  return true;
}

function countOf(key: string): Take {
  return ({ counts }, rest) => {
    const number = countIn(rest);
    if (number === undefined) return false;
    counts.set(key, Math.max(number, counts.get(key) ?? 0));
    return true;
  };
}

function fileOf(path: string, { lines, branches, functions, counts }: Section): FileCoverage {
  const share = (hits: Hits, [found, hit]: readonly [string, string]): Share =>
    hits.size > 0 ? shareOfHits(hits) : { covered: counts.get(hit) ?? 0, total: counts.get(found) ?? 0 };
  return {
    path,
    shares: {
      lines: share(lines, ["LF", "LH"]),
      branches: share(branches, ["BRF", "BRH"]),
      functions: share(functions, ["FNF", "FNH"]),
    },
    uncovered: uncoveredLines(lines),
  };
}
