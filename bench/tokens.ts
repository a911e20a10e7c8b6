import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { paid } from "./tokens/cost.ts";
import { examplesIn, type Measured, measureExample } from "./tokens/measure.ts";

/*
 * npm run bench:tokens [-- --json]: what `context_window` and the order of prompts save, on the workflows that come with tutti.
 * What is measured, and what is assumed, is told in docs/benchmarks.md.
 */
const root = fileURLToPath(new URL("..", import.meta.url));
const target = 0.4;
/** Tokens of what is asked for, and of an answer. */
const sizes = {
  short: { goal: 50, answers: 500 },
  medium: { goal: 400, answers: 2000 },
  long: { goal: 2000, answers: 8000 },
} as const;
type Size = keyof typeof sizes;
const sizeNames = Object.keys(sizes) as Size[];
/** Which part of what is in files agents read. */
const reads = { none: 0, half: 0.5, all: 1 } as const;

interface Row extends Measured {
  readonly size: Size;
}

async function measureAll(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const size of sizeNames) {
    // whose answers are in a script is the same every time
    const examples = examplesIn(root).filter(({ script }) => script === undefined || size === "short");
    for (const example of examples) {
      const dir = await mkdtemp(join(tmpdir(), "tutti-tokens-"));
      process.stderr.write(`${example.name}, ${size}\n`);
      try {
        rows.push({ ...(await measureExample(example, { dir, ...sizes[size] })), size });
      } finally {
        await rm(dir, { recursive: true, force: true });
      }
    }
  }
  return rows;
}

type Read = keyof typeof reads;

/** The part of the tokens that is saved. `caches`: whether the provider's cache counts, and for which of the two. */
function saved(rows: readonly Measured[], read: Read, caches: "with" | "both" | "none" = "with"): number {
  const sum = (of: (row: Measured) => number): number => rows.reduce((total, row) => total + of(row), 0);
  const before = sum((row) => paid(row.without, { read: 0, caches: caches === "both" }));
  const after = sum((row) => paid(row.with, { read: reads[read], caches: caches !== "none" }));
  return 1 - after / before;
}

function figuresOf(rows: readonly Measured[]) {
  return {
    saved: saved(rows, "half"),
    none_read: saved(rows, "none"),
    all_read: saved(rows, "all"),
    without_cache: saved(rows, "half", "none"),
    both_cached: saved(rows, "half", "both"),
  };
}

function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}

function cells(name: string, size: string, rows: readonly Measured[]): readonly string[] {
  const sum = (of: (row: Measured) => number): string =>
    String(rows.reduce((total, row) => total + of(row), 0));
  const {
    saved: half,
    none_read: none,
    all_read: all,
    without_cache: plain,
    both_cached: both,
  } = figuresOf(rows);
  return [
    name,
    size,
    sum((row) => row.without.sent),
    sum((row) => row.with.sent),
    sum((row) => row.with.cached),
    sum((row) => row.with.referred),
    sum((row) => row.with.lost),
    percent(half),
    `${percent(all)} … ${percent(none)}`,
    percent(plain),
    percent(both),
  ];
}

function table(rows: readonly Row[]): readonly string[] {
  const head = [
    "example",
    "texts",
    "sent before",
    "sent",
    "cached",
    "in files",
    "left out",
    "saved",
    "all read … none",
    "no cache",
    "both cached",
  ];
  const lines = [
    head,
    ...rows.map((row) => cells(row.name, row.size, [row])),
    ...sizeNames.map((size) =>
      cells(
        "all",
        size,
        rows.filter((row) => row.size === size),
      ),
    ),
  ];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map((line) =>
    line
      .map((cell, column) =>
        column < 1 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  "),
  );
}

const rows = await measureAll();
const overall = figuresOf(rows);
if (process.argv.includes("--json")) {
  const figures = rows.map((row) => ({ ...row, ...figuresOf([row]) }));
  process.stdout.write(`${JSON.stringify({ target, ...overall, examples: figures })}\n`);
} else {
  for (const line of table(rows)) process.stdout.write(`${line}\n`);
  const verdict = overall.saved >= target ? "reached" : "missed";
  process.stdout.write(
    `\nsaved over all of them: ${percent(overall.saved)} where agents read half of what is in files (${percent(overall.all_read)} all of it, ` +
      `${percent(overall.none_read)} nothing); target ${percent(target)}: ${verdict}\n`,
  );
}
