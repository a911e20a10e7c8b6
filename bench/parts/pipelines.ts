import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openTutti } from "../../src/engine.ts";
import type { Json } from "../../src/expression/json.ts";
import type { Tutti } from "../../src/verbs/tutti.ts";
import { timeRun } from "../engine.ts";
import { type Figure, figureOf } from "../figures.ts";
import type { MeasurePart } from "../part.ts";
import { measureBlocks, summarize } from "../samples.ts";

const records = 100_000;
const rounds = 5;
const batchSize = 100;
const shells = [1, 4, 16, 64];
const items = 128;

/**
 * Records through three durable function stages, file to file, against what the driver does at best with them: bare rows, in
 * commits of a batch. Then what a stage adds to the way of a record, and batches of shell lines side by side.
 */
export const measurePipelines: MeasurePart = async ({ dir, tell }) => {
  mkdirSync(join(dir, "home"), { recursive: true });
  writeFileSync(join(dir, "in.jsonl"), Array.from({ length: records }, (_, n) => `${textOf(n)}\n`).join(""));
  writeFileSync(join(dir, "tutti.yaml"), `max_concurrent: ${Math.max(...shells)}\n`);
  const tutti = await openTutti({
    cwd: dir,
    home: join(dir, "home"),
    functions: { pass: async (args) => (args as { readonly batch: Json }).batch },
  });
  const raw = openRaw(join(dir, "raw.db"));
  const measured = await measureBlocks({
    ours: () => recordsPerSecond(tutti),
    raw: () => raw.insert(),
    warmUps: 1,
    rounds,
    tell: (round) => tell(`pipelines: round ${round} of ${rounds}`),
  });
  raw.close();
  const figures: Figure[] = [
    figureOf("pipelines.records_per_s", {
      samples: measured.ours,
      unit: "records/s",
      note: `through three function stages in batches of ${batchSize}, all durable`,
      target: { atLeast: 50_000 },
    }),
    figureOf("pipelines.raw_records_per_s", { samples: measured.raw, unit: "records/s" }),
    figureOf("pipelines.ratio", {
      samples: measured.ratio,
      unit: "ratio",
      note: "a record is written down where it waits: before its sink at least",
    }),
    await latencyOfStage(tutti),
  ];
  for (const parallel of shells) {
    tell(`pipelines: ${parallel} shell lines at once`);
    figures.push(await shellsPerSecond(tutti, parallel));
  }
  await tutti.close();
  return { figures };
};

function textOf(n: number): string {
  return JSON.stringify({
    n,
    user: `user-${n % 997}`,
    level: n % 3 === 0 ? "error" : "info",
    text: "some words of it",
  });
}

interface Stage {
  readonly name: string;
  readonly batch_size: number;
  readonly parallelism: number;
  readonly function?: string;
  readonly run?: string;
}

interface Through {
  readonly source: object;
  readonly stages: readonly Stage[];
  readonly sink: object;
  readonly flow_control?: object;
}

/** Gives how long it takes, ms. */
async function timeOf(tutti: Tutti, pipeline: Through): Promise<number> {
  const inputs = { items: { type: "array", default: Array.from({ length: items }, (_, n) => n) } };
  const value = { name: "records", inputs, limits: { time: "10h" }, pipeline };
  return timeRun(tutti, await tutti.load({ kind: "object", value }));
}

function passing(count: number, more: Pick<Stage, "batch_size" | "parallelism">): readonly Stage[] {
  return Array.from({ length: count }, (_, at) => ({ name: `stage_${at}`, function: "pass", ...more }));
}

async function recordsPerSecond(tutti: Tutti): Promise<number> {
  const stages = passing(3, { batch_size: batchSize, parallelism: 16 });
  const tookMs = await timeOf(tutti, {
    source: { jsonl: "in.jsonl" },
    stages,
    sink: { jsonl: "out.jsonl" },
    flow_control: { buffer_size: 4000 },
  });
  return (records / tookMs) * 1000;
}

/** What five stages more add to the way of a record that nothing else is in the way of. */
async function latencyOfStage(tutti: Tutti): Promise<Figure> {
  const alone = { batch_size: 1, parallelism: 1 };
  const wayMs = async (stages: number): Promise<number> => {
    const tookMs = await timeOf(tutti, {
      source: { step: "${ inputs.items }" },
      stages: passing(stages, alone),
      sink: { result: true },
      flow_control: { buffer_size: 1 },
    });
    return tookMs / items;
  };
  await wayMs(1);
  const samples: number[] = [];
  for (let round = 0; round < rounds; round += 1) samples.push(((await wayMs(6)) - (await wayMs(1))) / 5);
  return figureOf("pipelines.stage_ms", {
    samples: summarize(samples),
    unit: "ms",
    note: "one record at a time",
  });
}

async function shellsPerSecond(tutti: Tutti, parallel: number): Promise<Figure> {
  const tookMs = await timeOf(tutti, {
    source: { step: "${ inputs.items }" },
    stages: [{ name: "shell", run: "cat", batch_size: 1, parallelism: parallel }],
    sink: { result: true },
  });
  return {
    name: `pipelines.shell_${parallel}_per_s`,
    value: (items / tookMs) * 1000,
    unit: "batches/s",
    note: `shell lines, ${parallel} at once`,
  };
}

/** The same driver, journal and fsync: a row a record, a commit a batch. */
function openRaw(file: string): { readonly insert: () => number; readonly close: () => void } {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000");
  database.exec("CREATE TABLE records (no INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT");
  const insertion = database.prepare("INSERT INTO records (body) VALUES (?)");
  return {
    insert: () => {
      const startMs = performance.now();
      for (let first = 0; first < records; first += batchSize) {
        database.exec("BEGIN IMMEDIATE");
        for (let n = first; n < first + batchSize; n += 1) insertion.run(textOf(n));
        database.exec("COMMIT");
      }
      return (records / (performance.now() - startMs)) * 1000;
    },
    close: () => database.close(),
  };
}
