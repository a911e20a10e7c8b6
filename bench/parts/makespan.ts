import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { problemsError } from "../../src/errors.ts";
import { loadObject } from "../../src/language/load.ts";
import type { Figure } from "../figures.ts";
import type { MeasurePart } from "../part.ts";
import { summarize } from "../samples.ts";
import { graphDefinition, simulateMakespan, type TaskGraph } from "../simulate.ts";

/** What the corpora say about a graph; seconds by number of workers. */
interface GraphMetrics {
  readonly name: string;
  readonly lower_bound_s: Readonly<Record<string, number>>;
  readonly cp_first_list_schedule_s: Readonly<Record<string, number>>;
}

/** A makespan against its lower bound and the list schedule; 1 is the same. */
interface Comparison {
  readonly graph: string;
  readonly toBound: number;
  readonly toList: number;
}

export const workerCounts: readonly number[] = [1, 2, 4, 8, 16, 64];

/** Every graph of the corpora through the core, in simulated time. */
export const measureMakespan: MeasurePart = async ({ corpora, tell }) => {
  const folder = join(corpora, "dags");
  if (!existsSync(join(folder, "metrics.json"))) return { skipped: `there are no graphs in ${folder}` };
  const metrics = readJson(join(folder, "metrics.json")) as readonly GraphMetrics[];
  const byWorkers = new Map<number, Comparison[]>(workerCounts.map((workers) => [workers, []]));
  for (const known of metrics) {
    tell(known.name);
    const graph = readJson(join(folder, `${known.name}.json`)) as TaskGraph;
    for (const workers of workerCounts) byWorkers.get(workers)?.push(compare(graph, { known, workers }));
  }
  return {
    figures: [
      { name: "makespan.graphs", value: metrics.length, unit: "count" },
      ...[...byWorkers].flatMap(([workers, compared]) => figuresOf(workers, compared)),
    ],
  };
};

function compare(
  graph: TaskGraph,
  { known, workers }: { readonly known: GraphMetrics; readonly workers: number },
): Comparison {
  const { workflow, problems } = loadObject(graphDefinition(graph, workers), { functions: ["task"] });
  if (!workflow) throw problemsError(problems);
  const seconds = simulateMakespan(workflow);
  const against = (table: Readonly<Record<string, number>>): number =>
    seconds / (table[workers] ?? Number.NaN);
  return {
    graph: graph.name,
    toBound: against(known.lower_bound_s),
    toList: against(known.cp_first_list_schedule_s),
  };
}

function figuresOf(workers: number, compared: readonly Comparison[]): Figure[] {
  const toList = summarize(compared.map((one) => one.toList));
  const toBound = summarize(compared.map((one) => one.toBound));
  const worst = (key: "toList" | "toBound"): string =>
    compared.reduce((a, b) => (b[key] > a[key] ? b : a), compared[0] ?? { graph: "", toBound: 0, toList: 0 })
      .graph;
  return [
    {
      name: `makespan.worst_to_list_${workers}`,
      value: toList.most,
      unit: "ratio",
      target: { atMost: 1.02 },
      spread: [toList.least, toList.most],
      note: `worst: ${worst("toList")}`,
    },
    {
      name: `makespan.worst_to_bound_${workers}`,
      value: toBound.most,
      unit: "ratio",
      spread: [toBound.least, toBound.most],
      note: `worst: ${worst("toBound")}`,
    },
  ];
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8"));
}
