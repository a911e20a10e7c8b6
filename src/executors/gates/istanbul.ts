import { isObject, type Json, type JsonObject } from "../../expression/json.ts";
import {
  addHits,
  countIn,
  coverageMetrics,
  type CoverageReport,
  type FileCoverage,
  type Hits,
  type Share,
  shareOfHits,
  uncoveredLines,
} from "./coverage-report.ts";

/**
 * Reads `coverage-final.json` and `coverage-summary.json` of Istanbul (nyc, c8, Vitest, Jest). Throws an Error that says
 * what is wrong with it.
 */
export function readIstanbul(text: string): CoverageReport {
  const value = JSON.parse(text) as Json;
  if (!isObject(value)) throw new Error("it is no JSON object of files");
  const entries = Object.entries(value);
  // The total of a summary is the sum of its files, and says nothing of which they are.
  const files = entries.filter(([path]) => path !== "total");
  const used = files.length > 0 ? files : entries;
  return { format: "istanbul", files: used.map(([path, file]) => fileOf(path, file)) };
}

function fileOf(path: string, file: Json | undefined): FileCoverage {
  if (!isObject(file)) throw new Error(`what it says of "${path}" is no object`);
  return isObject(file["statementMap"]) ? detailed(path, file) : summed(path, file);
}

function summed(path: string, file: JsonObject): FileCoverage {
  const shares = Object.fromEntries(
    coverageMetrics.flatMap((metric) => (isObject(file[metric]) ? [[metric, shareIn(file[metric])]] : [])),
  ) as FileCoverage["shares"];
  if (Object.keys(shares).length === 0) throw new Error(`it measures nothing of "${path}"`);
  return { path, shares, uncovered: [] };
}

function shareIn({ total, covered }: JsonObject): Share {
  const share = { total: countIn(total), covered: countIn(covered) };
  if (share.total === undefined || share.covered === undefined || share.covered > share.total)
    throw new Error(`"covered" and "total" are no counts: ${JSON.stringify({ covered, total })}`);
  return { total: share.total, covered: share.covered };
}

function detailed(path: string, file: JsonObject): FileCoverage {
  const statements = hitsIn(file["s"]);
  const lines: Hits = new Map();
  const starts = file["statementMap"] as JsonObject;
  for (const [id, count] of statements) {
    const line = lineOf(starts[id]);
    if (line === undefined) throw new Error(`the statement ${id} of "${path}" has no line`);
    lines.set(`${line}`, Math.max(count, lines.get(`${line}`) ?? 0));
  }
  const shares = {
    lines: shareOfHits(lines),
    statements: shareOfHits(statements),
    branches: shareOfHits(branchHits(file["b"])),
    functions: shareOfHits(hitsIn(file["f"])),
  };
  return { path, shares, uncovered: uncoveredLines(lines) };
}

function lineOf(statement: Json | undefined): number | undefined {
  const start = isObject(statement) ? statement["start"] : undefined;
  return isObject(start) ? countIn(start["line"]) : undefined;
}

function hitsIn(value: Json | undefined): Hits {
  if (!isObject(value)) throw new Error("its counts are missing");
  const hits: Hits = new Map();
  for (const [id, count] of Object.entries(value)) addCount(hits, id, count);
  return hits;
}

/** One branching has as many branches as its list has counts. */
function branchHits(value: Json | undefined): Hits {
  if (!isObject(value)) throw new Error("its counts of branches are missing");
  const hits: Hits = new Map();
  for (const [id, counts] of Object.entries(value)) {
    const list: readonly Json[] = Array.isArray(counts) ? counts : [];
    for (const [index, count] of list.entries()) addCount(hits, `${id}/${index}`, count);
  }
  return hits;
}

function addCount(hits: Hits, id: string, value: Json | undefined): void {
  const count = countIn(value);
  if (count === undefined) throw new Error(`"${JSON.stringify(value)}" is no count`);
  addHits(hits, id, count);
}
