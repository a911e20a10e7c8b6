import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { openTutti } from "../src/engine.ts";
import type { Json } from "../src/expression/json.ts";
import { temporaryFolder } from "../src/testing/testbed.ts";

/** Real streams of other people: data only. They are not part of the repository. */
const corpus = fileURLToPath(new URL("../../shared/corpora/events/", import.meta.url));
const index = join(corpus, "index.json");
const present = existsSync(index);

interface Stream {
  readonly name: string;
  readonly format: "jsonl" | "csv" | "text";
  readonly lines: number;
  readonly csv_records?: number;
  readonly gold_key?: string;
  readonly gold_distinct?: number;
}

const streams = present ? (JSON.parse(readFileSync(index, "utf8")) as readonly Stream[]) : [];

/** Runs a pipeline in a project of its own; gives what it came to, and the folder. */
async function run(pipeline: object): Promise<{ readonly output: Json | undefined; readonly cwd: string }> {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, ".git"));
  const tutti = await openTutti({ cwd, home: join(cwd, ".tutti") });
  try {
    const source = await tutti.load({ kind: "object", value: { name: "events", pipeline } });
    const handle = await tutti.start(source);
    await handle.done;
    const { status, nodes } = await tutti.show(handle.id);
    expect(status).toBe("completed");
    return { output: nodes.find(({ address }) => address === "pipeline")?.output, cwd };
  } finally {
    await tutti.close();
  }
}

describe.runIf(present)("real streams of events", { timeout: 120_000 }, () => {
  it("are parsed, filtered, grouped and written as the gold counts say", async () => {
    const keyed = streams.filter(({ gold_key: key }) => key !== undefined);
    expect(keyed.length).toBeGreaterThan(0);
    const { output, cwd } = await run({
      source: { csv: keyed.map(({ name }) => join(corpus, name)) },
      stages: [
        { name: "known", when: `record.${keyed[0]?.gold_key} != ''`, parallelism: 2 },
        {
          name: "by_key",
          reduce: { by: { key: `record.${keyed[0]?.gold_key}` }, give: { count: "count" } },
        },
      ],
      sink: { jsonl: "out.jsonl" },
    });
    const groups = readFileSync(join(cwd, "out.jsonl"), "utf8").trimEnd().split("\n");
    const sum = (of: (stream: Stream) => number | undefined): number =>
      keyed.reduce((total, stream) => total + (of(stream) ?? 0), 0);
    // the streams are partitions by that key
    expect(groups).toHaveLength(sum(({ gold_distinct: distinct }) => distinct));
    const counts = groups.map((line) => (JSON.parse(line) as { readonly count: number }).count);
    expect(counts.reduce((a, b) => a + b, 0)).toBe(sum(({ csv_records: records }) => records));
    expect(output).toMatchObject({
      read: sum(({ csv_records: records }) => records),
      unreadable: 0,
      dead: 0,
    });
  });

  it.each(streams.filter(({ format }) => format === "jsonl"))(
    "of $name are written as they were",
    async (stream) => {
      const path = join(corpus, stream.name);
      const { cwd } = await run({
        source: { jsonl: path },
        stages: [{ name: "all", when: "true", batch_size: 7, parallelism: 3 }],
        sink: { jsonl: "out.jsonl" },
      });
      const lines = (file: string): readonly string[] =>
        readFileSync(file, "utf8")
          .split("\n")
          .filter((line) => line.trim() !== "");
      expect(lines(join(cwd, "out.jsonl"))).toEqual(lines(path));
      expect(lines(path)).toHaveLength(stream.lines);
    },
  );

  it.each(streams.filter(({ format }) => format === "text"))(
    "of $name are counted line by line",
    async (stream) => {
      const { output } = await run({
        source: { lines: join(corpus, stream.name) },
        stages: [{ name: "count", reduce: { by: {}, give: { count: "count" } } }],
        sink: { result: true },
      });
      const blank = readFileSync(join(corpus, stream.name), "utf8").split("\n").slice(0, -1);
      expect(output).toEqual([{ count: blank.length }]);
    },
  );
});
