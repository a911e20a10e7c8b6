// A run of function steps one after another that dies by SIGKILL, and what goes on with it.
//   node recovery.ts die <folder> <steps> <ends>   kills itself when so many ends are durable
//   node recovery.ts go-on <folder>                opens, goes on, and dies in the first step
//   node recovery.ts finish <folder>               opens, goes on to the end, and says what was done twice
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Event } from "../../src/core/events.ts";
import type { Tutti } from "../../src/verbs/tutti.ts";
import { loadFlat, openEngine } from "../engine.ts";

const [mode = "", dir = "", steps = "0", ends = "0"] = process.argv.slice(2);
const done = join(dir, "done.txt");
const openedMs = performance.now();
let beforeStep = (): void => {};
const tutti = await openEngine(dir, {
  work: async (_args, { address }) => {
    beforeStep();
    appendFileSync(done, `${address}\n`);
    return null;
  },
});

switch (mode) {
  case "die":
    await dieAt(Number(ends));
    break;
  case "go-on":
    beforeStep = () => {
      say({ goingOnMs: performance.now() - openedMs, processMs: performance.now() });
      die();
    };
    await (
      await tutti.resume(await onlyRun(tutti))
    ).done;
    break;
  case "finish":
    await finish();
    break;
  default:
    throw new Error(`there is no mode "${mode}"`);
}

async function dieAt(durableEnds: number): Promise<void> {
  const handle = await tutti.start(await loadFlat(tutti, { steps: Number(steps) }));
  let count = 0;
  handle.on((news) => {
    if (news.kind !== "events") return;
    count += news.events.filter((event) => event.type === "node.ended").length;
    if (count >= durableEnds) die();
  });
  await handle.done;
}

async function finish(): Promise<void> {
  const runId = await onlyRun(tutti);
  const endedBefore = endsIn(await tutti.events(runId));
  const { status } = await (await tutti.resume(runId)).done;
  const endedAfter = endsIn(await tutti.events(runId));
  await tutti.close();
  const doings = new Map<string, number>();
  for (const address of readFileSync(done, "utf8").trimEnd().split("\n"))
    doings.set(address, (doings.get(address) ?? 0) + 1);
  const repeated = [...endedBefore].filter((address) => (doings.get(address) ?? 0) > 1).length;
  say({ status, endedBefore: endedBefore.size, endedAfter: endedAfter.size, done: doings.size, repeated });
}

/** Addresses of the steps that have ended; the run itself is no step. */
function endsIn(events: readonly Event[]): ReadonlySet<string> {
  const ended = events.flatMap((event) => (event.type === "node.ended" ? [event.address] : []));
  return new Set(ended.filter((address) => address !== ""));
}

async function onlyRun(engine: Tutti): Promise<string> {
  const [run] = await engine.runs();
  if (!run) throw new Error("there is no run");
  return run.runId;
}

function say(figures: object): void {
  appendFileSync(1, `${JSON.stringify(figures)}\n`);
}

function die(): void {
  process.kill(process.pid, "SIGKILL");
}
