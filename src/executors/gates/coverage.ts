import { isAbsolute, relative, resolve } from "node:path";
import { readCobertura } from "./cobertura.ts";
import {
  coverageMetrics,
  type CoverageReport,
  type FileCoverage,
  ranges,
  type Share,
  shareOf,
} from "./coverage-report.ts";
import { counted, held, listed, notHeld, notKnown } from "./evidence.ts";
import { readIstanbul } from "./istanbul.ts";
import { readLcov } from "./lcov.ts";
import { type FileRead, isInside, readInside } from "./read-file.ts";
import { plainText } from "../failed.ts";
import { messageOf } from "../../errors.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { JsonObject } from "../../expression/json.ts";
import type { CoverageFormat, CoverageMetric } from "../../language/gate.ts";
import type { CheckOf, GateChecker, GateContext } from "../../ports/gate-checker.ts";

/** Most files that are named among those that are not covered. */
const maxFiles = 50;
/** A file system may note times so much too early: many look at the clock once in a tick of the kernel. */
const clockLagMs = 5;

/**
 * A gate that reads a coverage report of the working directory. It does not hold when the report is missing, older than
 * the attempt, cannot be read to its end, does not measure what has a limit, or measures nothing of the kind.
 */
export function createCoverageGate(): GateChecker<CheckOf<"coverage">> {
  return {
    kind: "coverage",
    async check(check, context) {
      const file = await readInside(context.cwd, check.file);
      context.signal.throwIfAborted();
      if ("problem" in file) {
        const fix = "let the step, or a gate before this one, write the report there";
        return notKnown(`the coverage cannot be read: ${file.problem}`, fix, { file: check.file });
      }
      const facts = { file: check.file, hash: file.hash, bytes: file.bytes };
      const stale = staleness(file, context);
      return stale === undefined
        ? judge(file, check, { context, facts })
        : notKnown(stale.what, stale.fix, facts);
    },
  };
}

function staleness(
  { changedAtMs }: FileRead,
  { subject: { since } }: GateContext,
): { readonly what: string; readonly fix: string } | undefined {
  if (since === undefined || changedAtMs + clockLagMs >= since) return undefined;
  const seconds = Math.max(1, Math.round((since - changedAtMs) / 1000));
  return {
    what: `the coverage is of an earlier time: the report was written ${counted(seconds, "second")} before this attempt began`,
    fix: "let the step, or a gate before this one, make it anew",
  };
}

interface Judging {
  readonly context: GateContext;
  readonly facts: JsonObject & { readonly file: string };
}

function judge(
  { text }: FileRead,
  { format, minimum }: CheckOf<"coverage">,
  { context, facts }: Judging,
): Outcome {
  let report: CoverageReport;
  try {
    report = readReport(text, format);
  } catch (error) {
    const why = plainText(messageOf(error)).slice(0, 300);
    return notKnown(`"${facts.file}" cannot be read as coverage: ${why}`, "make the report anew", facts);
  }
  const asked = coverageMetrics.flatMap((metric) => {
    const wanted = minimum[metric];
    return wanted === undefined ? [] : [{ metric, wanted, share: shareOf(report, metric) }];
  });
  const absent = asked.filter(({ share }) => share === undefined).map(({ metric }) => metric);
  if (absent.length > 0) {
    const what = `the report measures no ${absent.join(" and no ")} (${report.format}, ${counted(report.files.length, "file")})`;
    return notKnown(what, "let the tool measure them, or take them out of the gate", facts);
  }
  const measured = Object.fromEntries(asked.map(({ metric, share }) => [metric, measuredOf(share)]));
  const short = asked.filter(({ share, wanted }) => !reaches(share, wanted));
  const evidence = {
    summary: (short.length > 0 ? short : asked).map(words).join("; "),
    ...facts,
    format: report.format,
    files: report.files.length,
    measured,
    minimum: { ...minimum },
  };
  if (short.length === 0) return held(evidence);
  return notHeld({
    ...evidence,
    output: uncovered(report, { metrics: short.map(({ metric }) => metric), context }),
  });
}

function readReport(text: string, forced: CoverageFormat | undefined): CoverageReport {
  if (text.trim() === "") throw new Error("it is empty");
  switch (forced ?? formatOf(text)) {
    case "lcov":
      return readLcov(text);
    case "cobertura":
      return readCobertura(text);
    case "istanbul":
      return readIstanbul(text);
  }
}

/** Told from how a report begins. */
function formatOf(text: string): CoverageFormat {
  const start = text
    .slice(0, 1000)
    .replace(/^\ufeff/, "")
    .trimStart();
  if (start.startsWith("{")) return "istanbul";
  if (start.startsWith("<")) return "cobertura";
  if (/^(TN|SF):/m.test(start)) return "lcov";
  throw new Error("it is neither lcov nor Cobertura XML nor JSON of Istanbul (`format:` says which it is)");
}

/** Without rounding: 79.99 % is not 80 %. */
function reaches(share: Share | undefined, wanted: number): boolean {
  return share !== undefined && share.covered * 100 >= wanted * share.total;
}

function percentOf({ covered, total }: Share): number {
  return Math.floor((covered * 10_000) / total) / 100;
}

function measuredOf(share: Share | undefined): JsonObject {
  return share ? { percent: percentOf(share), covered: share.covered, total: share.total } : {};
}

interface Asked {
  readonly metric: CoverageMetric;
  readonly wanted: number;
  readonly share: Share | undefined;
}

function words({ metric, wanted, share }: Asked): string {
  if (!share) return `${metric}: not measured`;
  return `${metric}: ${percentOf(share)} % (${share.covered} of ${share.total}), wanted ${wanted} %`;
}

interface Missing {
  readonly metrics: readonly CoverageMetric[];
  readonly context: GateContext;
}

/** Where something is missing, the files with the most first. */
function uncovered({ files }: CoverageReport, { metrics, context }: Missing): string {
  const lacking = files
    .map((file) => ({ file, missing: missingIn(file, metrics) }))
    .filter(({ missing }) => missing > 0)
    .sort((a, b) => b.missing - a.missing || (a.file.path < b.file.path ? -1 : 1));
  const lines = lacking.map(({ file }) => {
    const shares = metrics.flatMap((metric) => {
      const share = file.shares[metric];
      return share && share.total > 0 ? `${share.covered} of ${share.total} ${metric}` : [];
    });
    const where = file.uncovered.length > 0 ? `; not run: lines ${ranges(file.uncovered)}` : "";
    return `${shownPath(file.path, context.cwd)}: ${shares.join(", ")}${where}`;
  });
  return plainText(listed(lines, maxFiles));
}

function missingIn({ shares }: FileCoverage, metrics: readonly CoverageMetric[]): number {
  return metrics.reduce(
    (sum, metric) => sum + (shares[metric]?.total ?? 0) - (shares[metric]?.covered ?? 0),
    0,
  );
}

function shownPath(path: string, cwd: string): string {
  return isAbsolute(path) && isInside(cwd, path) ? relative(cwd, resolve(path)) : path;
}
