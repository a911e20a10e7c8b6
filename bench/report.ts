import { verdictOf, type Figure } from "./figures.ts";

/** Where and when it was measured. */
export interface Machine {
  readonly at: string;
  readonly node: string;
  readonly platform: string;
  readonly cpus: number;
  readonly memoryMb: number;
  /** Mean number of processes that wanted a processor in the minute before, and in the last minute. */
  readonly loadBefore: number;
  readonly loadAfter: number;
}

/** Everything a measurement gave. */
export interface BenchReport {
  readonly machine: Machine;
  readonly figures: readonly Figure[];
  /** Parts that could not be measured here, and why. */
  readonly skipped: Readonly<Record<string, string>>;
  /** Parts that broke, and how. */
  readonly broken: Readonly<Record<string, string>>;
}

/** True when no part broke and no target was missed. */
export function isGood({ figures, broken }: BenchReport): boolean {
  return Object.keys(broken).length === 0 && figures.every((figure) => verdictOf(figure) !== "miss");
}

/** The report as one JSON object: figures by their name. */
export function reportJson(report: BenchReport): object {
  const figures = report.figures.map(({ name, ...figure }) => {
    const verdict = verdictOf({ name, ...figure });
    return [name, { ...figure, ...(verdict ? { verdict } : {}) }] as const;
  });
  return { ...report, figures: Object.fromEntries(figures), ok: isGood(report) };
}

/** The report as a table for people, one line a figure. */
export function reportLines(report: BenchReport): readonly string[] {
  const rows = [
    ["figure", "value", "spread", "target", "", ""],
    ...report.figures.map((figure) => [
      figure.name,
      valueText(figure.value, figure.unit),
      spreadText(figure),
      targetText(figure),
      verdictOf(figure) ?? "",
      figure.note ?? "",
    ]),
  ];
  const { machine, skipped, broken } = report;
  return [
    `${machine.at} · Node ${machine.node} · ${machine.platform} · ${machine.cpus} processors · ` +
      `load ${machine.loadBefore.toFixed(1)} before, ${machine.loadAfter.toFixed(1)} after`,
    ...aligned(rows),
    ...Object.entries(skipped).map(([part, why]) => `skipped ${part}: ${why}`),
    ...Object.entries(broken).map(([part, how]) => `broken ${part}: ${how}`),
  ];
}

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 1 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
}

function spreadText({ spread, unit }: Figure): string {
  return spread ? `${numberText(spread[0], unit)} … ${numberText(spread[1], unit)}` : "";
}

function targetText({ target, unit }: Figure): string {
  if (!target) return "";
  return "atLeast" in target
    ? `≥ ${numberText(target.atLeast, unit)}`
    : `≤ ${numberText(target.atMost, unit)}`;
}

function valueText(value: number, unit: Figure["unit"]): string {
  const number = numberText(value, unit);
  return unit === "ratio" ? `${number} ×` : `${number}${unit === "count" ? "" : ` ${unit}`}`;
}

function numberText(value: number, unit: Figure["unit"]): string {
  if (unit === "ratio") return value.toFixed(value < 10 ? 3 : 1);
  if (unit === "count") return String(value);
  return value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString("en-US");
}
