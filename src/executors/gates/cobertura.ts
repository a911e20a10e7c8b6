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
import { type Tag, tagsOf } from "./xml-tags.ts";

interface Source {
  readonly lines: Hits;
  /** Line → its branches. */
  readonly branches: Map<string, Share>;
  readonly functions: Hits;
}

/** Where in the document a line stands. */
interface Place {
  source: Source | undefined;
  /** Name of the function, inside one. */
  method: string | undefined;
  readonly sources: Map<string, Source>;
  root: Tag | undefined;
}

/**
 * Reads a report in the XML of Cobertura. Throws an Error that says what is wrong with it, also when it ends in the
 * middle.
 */
export function readCobertura(text: string): CoverageReport {
  const place: Place = { source: undefined, method: undefined, sources: new Map(), root: undefined };
  for (const tag of tagsOf(text)) enter(place, tag);
  const { root, sources } = place;
  if (root?.name !== "coverage") throw new Error("its outermost element is not <coverage>");
  // its totals alone are what it says of itself: nothing in it shows them
  if (sources.size === 0) throw new Error("it has no <class> with the lines that were run");
  return { format: "cobertura", files: [...sources].map(([path, source]) => fileOf(path, source)) };
}

function enter(place: Place, tag: Tag): void {
  place.root ??= tag;
  const { name, attributes, isEnd } = tag;
  if (name === "class") place.source = isEnd ? undefined : sourceOf(place, attributes.get("filename") ?? "");
  else if (name === "method") enterMethod(place, tag);
  else if (name === "line" && !isEnd && place.source) takeLine(place.source, place.method, tag);
}

function sourceOf({ sources }: Place, path: string): Source {
  const source = sources.get(path) ?? { lines: new Map(), branches: new Map(), functions: new Map() };
  sources.set(path, source);
  return source;
}

function enterMethod(place: Place, { attributes, isEnd }: Tag): void {
  if (isEnd || !place.source) {
    place.method = undefined;
    return;
  }
  place.method = `${attributes.get("name") ?? ""}${attributes.get("signature") ?? ""}`;
  // A method's hits are those of its lines, where it says none itself.
  addHits(place.source.functions, place.method, countIn(attributes.get("hits")) ?? 0);
}

function takeLine(source: Source, method: string | undefined, { attributes }: Tag): void {
  const line = attributes.get("number") ?? "";
  const hits = countIn(attributes.get("hits"));
  if (countIn(line) === undefined || hits === undefined)
    throw new Error(`a <line> has no number or hits: ${JSON.stringify(Object.fromEntries(attributes))}`);
  if (method !== undefined) {
    addHits(source.functions, method, hits);
    return;
  }
  addHits(source.lines, line, hits);
  const [, covered, total] = /\((\d+)\/(\d+)\)/.exec(attributes.get("condition-coverage") ?? "") ?? [];
  if (total !== undefined) {
    const best = Math.max(Number(covered), source.branches.get(line)?.covered ?? 0);
    source.branches.set(line, { covered: best, total: Number(total) });
  }
}

function fileOf(path: string, { lines, branches, functions }: Source): FileCoverage {
  let covered = 0;
  let total = 0;
  for (const share of branches.values()) {
    covered += share.covered;
    total += share.total;
  }
  return {
    path,
    shares: {
      lines: shareOfHits(lines),
      branches: { covered, total },
      functions: shareOfHits(functions),
    },
    uncovered: uncoveredLines(lines),
  };
}
