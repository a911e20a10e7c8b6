import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { askProgram, runProgram } from "../child.ts";
import { figureOf } from "../figures.ts";
import type { BenchContext, MeasurePart } from "../part.ts";
import { summarize } from "../samples.ts";

interface GoingOn {
  /** From opening the state to the first step that is done again. */
  readonly goingOnMs: number;
  /** The same from the start of the process. */
  readonly processMs: number;
}

interface Finished {
  readonly status: string;
  readonly endedBefore: number;
  readonly endedAfter: number;
  readonly done: number;
  /** Steps that were done again although their end had been durable. */
  readonly repeated: number;
}

const rounds = 7;

/** kill -9 in the middle of a run, then new processes that go on with it; each of them but the last is killed too. */
export const measureRecovery: MeasurePart = async (context) => {
  const middle = await crash(context, { steps: 1000, ends: 500 });
  const late = await crash(context, { steps: 10_000, ends: 9990 });
  context.tell("to the end");
  const finished = (await askProgram("recovery", ["finish", middle.cwd], middle.cwd)) as Finished;
  if (finished.status !== "completed" || finished.endedAfter !== 1000 || finished.done !== 1000) {
    throw new Error(`the killed run did not come to its end: ${JSON.stringify(finished)}`);
  }
  const since = "from opening the state folder to the first step going on, in a new process";
  return {
    figures: [
      {
        name: "recovery.repeated_steps",
        value: finished.repeated,
        unit: "count",
        target: { atMost: 0 },
        note: `of ${finished.endedBefore} that had ended when the run was killed`,
      },
      figureOf("recovery.going_on_1000_ms", { samples: middle.goingOn, unit: "ms", note: since }),
      figureOf("recovery.going_on_10000_ms", {
        samples: late.goingOn,
        unit: "ms",
        target: { atMost: 1000 },
        note: since,
      }),
      figureOf("recovery.process_10000_ms", {
        samples: late.process,
        unit: "ms",
        note: "the same with starting Node and reading the engine's source",
      }),
    ],
  };
};

async function crash(
  { dir, tell }: BenchContext,
  { steps, ends }: { readonly steps: number; readonly ends: number },
) {
  tell(`${steps} steps, killed after ${ends}`);
  const cwd = join(dir, `run-${steps}`);
  await mkdir(cwd);
  const { end } = await runProgram("recovery", ["die", cwd, String(steps), String(ends)], cwd);
  if (end.signal !== "SIGKILL") throw new Error(`the run was not killed: it ended with ${end.code}`);
  const figures: GoingOn[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const { said } = await runProgram("recovery", ["go-on", cwd], cwd);
    figures.push(said as GoingOn);
  }
  return {
    cwd,
    goingOn: summarize(figures.map(({ goingOnMs }) => goingOnMs)),
    process: summarize(figures.map(({ processMs }) => processMs)),
  };
}
