// One workload in a process of its own; prints its peak resident memory in MB before and after, and how long it took.
//   node memory.ts long-run|many-runs|loud-step <folder>
import { openTutti } from "../../src/engine.ts";
import type { Source } from "../../src/verbs/load.ts";
import type { Tutti } from "../../src/verbs/tutti.ts";
import { flatDefinition, stateOf } from "../engine.ts";

const [workload = "", dir = ""] = process.argv.slice(2);
const loudBytes = 2 ** 30;

interface Workload {
  /** The same kind of work, small: brings all code and buffers into memory. */
  readonly small: () => Promise<void>;
  readonly large: () => Promise<void>;
}

const tutti = await openTutti({ cwd: dir, home: stateOf(dir).home, functions: { work: async () => null } });
const { small, large } = workloadOf(workload);
await small();
const baseMb = peakMb();
const startMs = performance.now();
await large();
const durationMs = performance.now() - startMs;
await tutti.close();
process.stdout.write(`${JSON.stringify({ baseMb, peakMb: peakMb(), durationMs })}\n`);

function workloadOf(name: string): Workload {
  switch (name) {
    case "long-run":
      return { small: () => runFlat(100, 100), large: () => runFlat(10_000, 100) };
    case "many-runs":
      return { small: () => runMany(10), large: () => runMany(1000) };
    case "loud-step":
      return { small: () => runLoud(1000), large: () => runLoud(loudBytes) };
    default:
      throw new Error(`there is no workload "${name}"`);
  }
}

async function runFlat(steps: number, parallel: number): Promise<void> {
  await runOne(await load(tutti, flatDefinition({ steps, parallel })));
}

async function runMany(runs: number): Promise<void> {
  const source = await load(tutti, flatDefinition({ steps: 3 }));
  await Promise.all(Array.from({ length: runs }, () => runOne(source)));
}

/** Lines of 80 characters, as a build would print them. */
async function runLoud(bytes: number): Promise<void> {
  // `yes` is ended by a closed pipe, which would count as a failure of the step
  const run = `{ yes ${"x".repeat(79)} || true; } | head -c ${bytes}`;
  await runOne(await load(tutti, { name: "loud", chain: { steps: [{ name: "loud", run }] } }));
}

async function runOne(source: Source): Promise<void> {
  const { status } = await (await tutti.start(source)).done;
  if (status !== "completed") throw new Error(`the run ended ${status}`);
}

function load(engine: Tutti, value: object): Promise<Source> {
  return engine.load({ kind: "object", value });
}

/** The largest part of this process that was ever in memory; children are not counted. */
function peakMb(): number {
  return process.resourceUsage().maxRSS / 1000;
}
