import type { CoverageFormat, CoverageMetric } from "../../language/gate.ts";

/** How much of something is covered. */
export interface Share {
  readonly covered: number;
  readonly total: number;
}

export interface FileCoverage {
  readonly path: string;
  readonly shares: { readonly [Metric in CoverageMetric]?: Share };
  /** Lines that were not run, in order; empty where the report does not say which. */
  readonly uncovered: readonly number[];
}

/** What a report measured. A metric that no file has was not measured. */
export interface CoverageReport {
  readonly format: CoverageFormat;
  readonly files: readonly FileCoverage[];
}

export const coverageMetrics = ["lines", "branches", "functions", "statements"] as const;

/** The same over all files; undefined when it was not measured, or there is nothing of the kind. */
export function shareOf({ files }: CoverageReport, metric: CoverageMetric): Share | undefined {
  let covered = 0;
  let total = 0;
  for (const { shares } of files) {
    covered += shares[metric]?.covered ?? 0;
    total += shares[metric]?.total ?? 0;
  }
  return total > 0 ? { covered, total } : undefined;
}

/** How often each thing of one kind was run, by what names it inside its file. */
export type Hits = Map<string, number>;

/** Counts what was run; things that are told of twice count once, with their runs added. */
export function addHits(hits: Hits, name: string, count: number): void {
  hits.set(name, (hits.get(name) ?? 0) + count);
}

export function shareOfHits(hits: Hits): Share {
  let covered = 0;
  for (const count of hits.values()) if (count > 0) covered += 1;
  return { covered, total: hits.size };
}

/** The numbers of lines that were never run. */
export function uncoveredLines(lines: Hits): readonly number[] {
  return [...lines].flatMap(([line, count]) => (count > 0 ? [] : [Number(line)])).sort((a, b) => a - b);
}

/** `3-5, 9`: numbers as ranges, at most so many of them. */
export function ranges(numbers: readonly number[], most = 20): string {
  const found: [number, number][] = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else found.push([number, number]);
  }
  const shown = found.slice(0, most).map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
  return [...shown, ...(found.length > most ? ["…"] : [])].join(", ");
}

/** A count as it stands in a report; undefined when it is none. */
export function countIn(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\s*\d+\s*$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) && number >= 0 ? number : undefined;
}
