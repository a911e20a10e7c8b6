import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openTutti } from "../../engine.ts";
import { temporaryFolder } from "../../testing/testbed.ts";
import type { Tutti } from "../../verbs/tutti.ts";
import type { Context } from "../context.ts";
import type { Verb } from "../verb.ts";
import { events } from "./events.ts";
import { logs } from "./logs.ts";

interface Followed {
  readonly call: (verb: Verb) => Promise<unknown>;
  readonly printed: unknown[];
  /** What was read of the log: how many events were left out each time. */
  readonly reads: number[];
  /** How often the whole log was read and folded. */
  readonly wholes: () => number;
}

/** A run whose last step ends at the fourth look, and what a verb reads and prints of it. */
async function followed(): Promise<Followed> {
  const hold = Promise.withResolvers<null>();
  const cwd = temporaryFolder();
  const tutti = await openTutti({ cwd, home: join(cwd, "state"), functions: { hold: () => hold.promise } });
  onTestFinished(() => tutti.close());
  const steps = ["a", "b", "c"].map((name) => ({ name, run: `echo ${name}` }));
  const value = { name: "flow", chain: [...steps, { name: "d", function: "hold" }] };
  const { id, done } = await tutti.start(await tutti.load({ kind: "object", value }));
  const reads: number[] = [];
  let wholes = 0;
  let looks = 0;
  const counting: Tutti = {
    ...tutti,
    find: async (name) => {
      looks += 1;
      if (looks === 4) hold.resolve(null);
      return tutti.find(name);
    },
    show: async (runId) => {
      wholes += 1;
      return tutti.show(runId);
    },
    events: async (runId, options) => {
      reads.push(options?.after ?? 0);
      return tutti.events(runId, options);
    },
  };
  const printed: unknown[] = [];
  const out = {
    json: (line: unknown) => void printed.push(line),
    say: () => {},
    note: () => {},
    trouble: () => {},
    alert: () => {},
    document: () => {},
    screen: undefined,
    columns: undefined,
    gone: new AbortController().signal,
  };
  const context: Context = { out, json: true, cwd, argv: [], open: () => Promise.resolve(counting) };
  const call = async (verb: Verb) => {
    await verb.run(context, { args: [id], options: { follow: true } });
    return done;
  };
  return { call, printed, reads, wholes: () => wholes };
}

it("events --follow reads at every look what came since the last, and prints each event once", async () => {
  const { call, printed, reads } = await followed();
  await call(events);
  expect(reads.length).toBeGreaterThan(2);
  expect(reads.slice(1).every((after) => after > 0)).toBe(true);
  expect(reads.at(-1)).toBeLessThanOrEqual(printed.length);
  expect(printed.filter((event) => JSON.stringify(event).includes('"node.ended"'))).toHaveLength(5);
});

it("logs --follow reads the whole log once, at its end, and prints each line once", async () => {
  const { call, printed, reads, wholes } = await followed();
  await call(logs);
  expect(wholes()).toBe(0);
  expect(reads).toEqual([0]);
  expect(printed).toMatchObject(["a", "b", "c"].map((text) => ({ address: text, attempt: 1, text })));
  expect(printed).toHaveLength(3);
});
