// One workload in a process of its own; prints its peak resident memory in MB before and after, and how long it took.
//   node memory.ts long-run|many-runs|long-loop|loud-step <folder>
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { openTutti } from "../../src/engine.ts";
import type { Source } from "../../src/verbs/load.ts";
import type { Tutti } from "../../src/verbs/tutti.ts";
import { completionOf, flatDefinition, stateOf } from "../engine.ts";

const [workload = "", dir = ""] = process.argv.slice(2);
const loudBytes = 2 ** 30;
setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
let mostLiveMb = 0;

interface Workload {
  /** The same kind of work, small: brings all code and buffers into memory. */
  readonly small: () => Promise<void>;
  readonly large: () => Promise<void>;
  /** MB in use at most until now; absent: the most of this process that was ever in memory. */
  readonly most?: () => number;
}

const tutti = await openTutti({ cwd: dir, home: stateOf(dir).home, functions: { work: async () => null } });
const { small, large, most = peakMb } = workloadOf(workload);
await small();
const baseMb = most();
const startMs = performance.now();
await large();
const durationMs = performance.now() - startMs;
await tutti.close();
process.stdout.write(`${JSON.stringify({ baseMb, peakMb: most(), durationMs })}\n`);

function workloadOf(name: string): Workload {
  switch (name) {
    case "long-run":
      return { small: () => runFlat(100, 100), large: () => runFlat(10_000, 100) };
    case "many-runs":
      return { small: () => runMany(10), large: () => runMany(1000) };
    case "long-loop":
      return { small: () => runLoop(2000), large: () => runLoop(10_000), most: () => mostLiveMb };
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

/** A loop keeps its last thousand rounds. What it keeps is measured, not how late garbage is collected. */
async function runLoop(max: number): Promise<void> {
  const step = { name: "polish", repeat: { max }, steps: [{ name: "work", function: "work" }] };
  const handle = await tutti.start(await load(tutti, { name: "loop", chain: { steps: [step] } }));
  let news = 0;
  handle.on(() => {
    news += 1;
    if (news % 1000 === 0) mostLiveMb = Math.max(mostLiveMb, liveMb());
  });
  await completionOf(handle);
}

function liveMb(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed / 1e6;
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
