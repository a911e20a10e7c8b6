import type { Tutti } from "../../src/verbs/tutti.ts";
import { flatDefinition, openEngine, timeRun } from "../engine.ts";
import { type Figure, figureOf } from "../figures.ts";
import type { MeasurePart } from "../part.ts";
import { processorMs } from "../processor.ts";
import { summarize } from "../samples.ts";

const count = 10_000;
const rounds = 3;

const work = { name: "work", function: "work" };
const limits = { parallel: 1 };
const list = Array.from({ length: count }, (_, index) => index);

/** Each does `count` function steps one after another, inside what it holds them with; a decision is a step itself. */
const shapes = {
  decisions: {
    steps: 2 * count,
    what: "decisions, each with a step on its way",
    chain: {
      steps: list.map((index) => ({
        name: `d${index}`,
        flow: { conditions: [{ if: `inputs.n > ${index}`, then: [work], else: [work] }] },
      })),
    },
  },
  items: {
    steps: count,
    what: "items of a list, each with a step",
    chain: { steps: [{ name: "all", for_each: { items: "${ inputs.list }" }, steps: [work] }] },
  },
  turns: {
    steps: count,
    what: "turns of a loop, each with a step",
    chain: {
      steps: [{ name: "polish", repeat: { until: "polish.round >= inputs.n", max: count }, steps: [work] }],
    },
  },
} as const;

const plain = "chain";
type Name = keyof typeof shapes | typeof plain;

/** Gives the processor's ms for a whole run, by step. */
type Runner = (name: Name) => Promise<number>;

/**
 * Cost of a step inside 10,000 decisions, items and turns against one of a plain chain of 10,000: processor time,
 * measured in turn, planning and garbage collection included.
 */
export const measureFlow: MeasurePart = async ({ dir, tell }) => {
  const tutti = await openEngine(dir);
  const figures: Figure[] = [];
  for (const where of ["disk", "memory"] as const) {
    const costs = await inTurn(await runnerOf(tutti, where === "disk"), (line) => tell(`${where}: ${line}`));
    figures.push(...figuresOf(where, costs));
  }
  await tutti.close();
  return { figures };
};

async function runnerOf(tutti: Tutti, saveState: boolean): Promise<Runner> {
  const load = (value: object) => tutti.load({ kind: "object", value });
  const sources = new Map([[plain as Name, await load(flatDefinition({ steps: count, saveState }))]]);
  for (const name of ["decisions", "items", "turns"] as const) {
    const inputs = { n: { type: "integer", default: count }, list: { type: "array", default: list } };
    const { chain } = shapes[name];
    sources.set(name, await load({ name, save_state: saveState, limits, inputs, chain }));
  }
  return async (name) => {
    const made = sources.get(name);
    if (!made) throw new Error(`no workflow ${name} was made`);
    // every run plans its own workflow
    const source = { ...made, workflow: structuredClone(made.workflow) };
    const startMs = processorMs();
    await timeRun(tutti, source);
    return (processorMs() - startMs) / (name === plain ? count : shapes[name].steps);
  };
}

interface Costs {
  readonly ms: Readonly<Record<Name, number[]>>;
  readonly ratios: Readonly<Record<keyof typeof shapes, number[]>>;
}

async function inTurn(run: Runner, tell: (line: string) => void): Promise<Costs> {
  const costs: Costs = {
    ms: { chain: [], decisions: [], items: [], turns: [] },
    ratios: { decisions: [], items: [], turns: [] },
  };
  await run(plain);
  for (let round = 0; round < rounds; round += 1) {
    for (const name of ["decisions", "items", "turns"] as const) {
      const before = await run(plain);
      const own = await run(name);
      const after = await run(plain);
      costs.ms.chain.push(before, after);
      costs.ms[name].push(own);
      costs.ratios[name].push(own / ((before + after) / 2));
    }
    tell(`round ${round + 1} of ${rounds}`);
  }
  return costs;
}

function figuresOf(where: string, { ms, ratios }: Costs): Figure[] {
  const inMicroseconds = (values: readonly number[]) => summarize(values.map((ms) => ms * 1000));
  const names = ["decisions", "items", "turns"] as const;
  return [
    ...([plain, ...names] as const).map((name) =>
      figureOf(`flow.${where}_${name}_us`, { samples: inMicroseconds(ms[name]), unit: "µs" }),
    ),
    ...names.map((name) =>
      figureOf(`flow.${where}_${name}_ratio`, {
        samples: summarize(ratios[name]),
        unit: "ratio",
        note: `${shapes[name].what}; a step against one of a plain chain`,
        target: { atMost: 1.3 },
      }),
    ),
  ];
}
