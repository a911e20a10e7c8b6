import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../src/testing/testbed.ts";
import { parts } from "./parts.ts";
import { bench } from "./run.ts";

async function call(...args: readonly string[]) {
  const printed: string[] = [];
  const told: string[] = [];
  const status = await bench(args, { print: (line) => printed.push(line), tell: (line) => told.push(line) });
  return { status, printed, told };
}

/** A folder of corpora with one small graph: on two workers its best schedule takes 4 s. */
function smallCorpora({ listSeconds = 4 } = {}): string {
  const folder = temporaryFolder();
  const dags = join(folder, "dags");
  mkdirSync(dags);
  const everywhere = (seconds: number) =>
    Object.fromEntries([1, 2, 4, 8, 16, 64].map((workers) => [workers, workers === 1 ? 6 : seconds]));
  const metrics = [
    { name: "small", lower_bound_s: everywhere(4), cp_first_list_schedule_s: everywhere(listSeconds) },
  ];
  writeFileSync(join(dags, "metrics.json"), JSON.stringify(metrics));
  const tasks = [
    { id: "x", seconds: 2, deps: [] },
    { id: "y", seconds: 1, deps: [] },
    { id: "z", seconds: 3, deps: ["y"] },
  ];
  writeFileSync(join(dags, "small.json"), JSON.stringify({ name: "small", tasks }));
  return folder;
}

describe("the bench", () => {
  it("prints one JSON object with named figures and nothing else", async () => {
    const { status, printed } = await call("--json", "--only", "makespan", "--corpora", smallCorpora());
    expect(status).toBe(0);
    expect(printed).toHaveLength(1);
    expect(JSON.parse(printed[0] ?? "")).toMatchObject({
      ok: true,
      skipped: {},
      broken: {},
      machine: { node: process.versions.node },
      figures: {
        "makespan.graphs": { value: 1, unit: "count" },
        "makespan.worst_to_list_1": { value: 1, unit: "ratio", target: { atMost: 1.02 }, verdict: "ok" },
        "makespan.worst_to_list_2": { value: 1, verdict: "ok", note: "worst: small" },
        "makespan.worst_to_bound_64": { value: 1 },
      },
    });
  });

  it("prints a table for people", async () => {
    const { printed } = await call("--only", "makespan", "--corpora", smallCorpora());
    expect(printed.some((line) => /^makespan\.worst_to_list_2 .* ≤ 1\.020 +ok/.test(line))).toBe(true);
  });

  it("says that a part is skipped where its corpus is absent", async () => {
    const { status, printed } = await call("--only", "makespan", "--corpora", "/nowhere");
    expect(status).toBe(0);
    expect(printed.at(-1)).toBe("skipped makespan: there are no graphs in /nowhere/dags");
  });

  it("exits with 1 for a missed target only when it is asked to be strict", async () => {
    const corpora = smallCorpora({ listSeconds: 3 });
    expect((await call("--only", "makespan", "--corpora", corpora)).status).toBe(0);
    expect((await call("--only", "makespan", "--corpora", corpora, "--strict")).status).toBe(1);
  });

  it("reports a part that breaks and exits with 1", async () => {
    const corpora = smallCorpora();
    writeFileSync(join(corpora, "dags", "small.json"), "{");
    const { status, printed } = await call("--only", "makespan", "--corpora", corpora);
    expect(status).toBe(1);
    expect(printed.at(-1)).toMatch(/^broken makespan: .*JSON/);
  });

  it("lists its parts", async () => {
    const { printed } = await call("--list");
    expect(printed.map((line) => line.split(" ")[0])).toEqual(parts.map(({ name }) => name));
  });

  it("refuses a part that does not exist, and a flag that does not", async () => {
    expect(await call("--only", "sped")).toMatchObject({ status: 2, printed: [] });
    expect(await call("--fast")).toMatchObject({ status: 2, printed: [] });
  });
});

it("has a measurement for every part", async () => {
  for (const part of parts) expect(await part.load()).toBeTypeOf("function");
});
