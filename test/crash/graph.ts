import { createRandom, type Random } from "./random.ts";

/** The workflow of a crash test, as the value of its file, and the script of its agent. */
export interface Graph {
  readonly seed: number;
  readonly workflow: object;
  readonly mock: object;
  /** Addresses of the steps that run the work script. */
  readonly shellSteps: readonly string[];
}

interface Step {
  readonly name: string;
  readonly [key: string]: unknown;
}

const stepCount = 60;
const groupCount = 4;
const groupSize = 5;
const agentStep = "agent";
const waitStep = "pause";

/**
 * 60 steps in layers: shell steps that write a file from the files and outputs of the steps they depend on, four
 * groups, a step of the agent, a wait; among them flaky steps, gates, and a gate that sends a step back once.
 */
export function makeGraph(seed: number): Graph {
  const random = createRandom(seed);
  const shellSteps: string[] = [];
  const steps = topLevel(random, shellSteps);
  return {
    seed,
    workflow: {
      name: `crash-${seed}`,
      // what its steps note of themselves lies in the project's folder
      workspace: "none",
      limits: { parallel: random.whole(2, 6) },
      chain: { parallel_where_possible: true, steps },
    },
    mock: {
      rules: [{ step: agentStep, delay: "120ms", text: "written", files: { "out/agent": `${seed}\n` } }],
    },
    shellSteps,
  };
}

function topLevel(random: Random, shellSteps: string[]): readonly Step[] {
  const plain = stepCount - groupCount * groupSize;
  const kinds = [
    ...Array.from({ length: plain - 2 }, () => "shell"),
    ...Array.from({ length: groupCount }, () => "group"),
    "agent",
    "wait",
  ];
  const order = shuffled(kinds, random);
  const steps: Step[] = [];
  // A layer ends here and there; a step depends on steps of the layers before its own.
  let layerStart = 0;
  for (const [index, kind] of order.entries()) {
    if (index - layerStart >= random.whole(2, 6)) layerStart = index;
    const earlier = steps.slice(0, layerStart).map((step) => step.name);
    const needs = random.some(earlier, random.whole(1, 3));
    steps.push(makeStep(kind, { random, shellSteps, needs, number: index }));
  }
  return steps;
}

interface Making {
  readonly random: Random;
  readonly shellSteps: string[];
  readonly needs: readonly string[];
  readonly number: number;
}

function makeStep(kind: string, making: Making): Step {
  const { random, shellSteps, needs, number } = making;
  const depends = needs.length > 0 ? { depends_on: needs } : {};
  switch (kind) {
    case "agent":
      return { name: agentStep, agent: "mock", prompt: "write out/agent", ...depends };
    case "wait":
      return { name: waitStep, wait: "200ms", ...depends };
    case "group": {
      const name = `g${number}`;
      return { name, ...depends, parallel_where_possible: random.chance(0.7), steps: inGroup(name, making) };
    }
    default: {
      const name = `s${number}`;
      shellSteps.push(name);
      return {
        ...shellStep(name, { random, needs: needs.filter((need) => need.startsWith("s")) }),
        ...depends,
      };
    }
  }
}

function inGroup(group: string, { random, shellSteps }: Making): readonly Step[] {
  const names = Array.from({ length: groupSize }, (_, index) => `${group}s${index}`);
  return names.map((name, index) => {
    shellSteps.push(`${group}/${name}`);
    const needs = random.some(names.slice(0, index), random.whole(0, 2));
    return { ...shellStep(name, { random, needs }), ...(needs.length > 0 ? { depends_on: needs } : {}) };
  });
}

/** `work NAME SECONDS FILES… = VALUES…`: half of what it depends on comes as files, the rest as outputs. */
function shellStep(name: string, { random, needs }: { random: Random; needs: readonly string[] }): Step {
  const values = needs.filter(() => random.chance(0.5)).map((need) => `\${{ ${need}.output }}`);
  // The long ones outlive the process that started them, and are still there when it is resumed.
  const pauseMs = random.chance(0.06) ? random.whole(600, 1200) : random.whole(0, 100);
  const seconds = (pauseMs / 1000).toFixed(3);
  const line = ["./work", name, seconds, ...needs, "=", ...values].join(" ");
  const flaky = random.chance(0.1);
  const strict = !flaky && random.chance(0.1);
  return {
    name,
    run: flaky ? `${line} && ./fail-at-first` : line,
    ...(flaky ? { retry: { max: 2, delay: "40ms", backoff: "constant" } } : {}),
    ...(strict || random.chance(0.2) ? { gates: [gate(name, strict)] } : {}),
  };
}

/** A strict gate holds from the second attempt on. */
function gate(name: string, strict: boolean): object {
  const line = `./check ${name}`;
  return strict ? { run: `${line} && ./fail-at-first`, retry: 1 } : { run: line };
}

function shuffled<T>(items: readonly T[], random: Random): readonly T[] {
  return items
    .map((item) => ({ item, place: random.between(0, 1) }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
