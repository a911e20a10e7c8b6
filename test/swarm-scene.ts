import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { createMockAgent } from "../src/agents/mock/mock.ts";
import { buildPrompt } from "../src/agents/prompt.ts";
import type { Event } from "../src/core/events.ts";
import type { RunView } from "../src/core/view.ts";
import { openTutti, type TuttiOptions } from "../src/engine.ts";
import type { Json, JsonObject } from "../src/expression/json.ts";
import type { Agent } from "../src/ports/agent.ts";
import type { Clock } from "../src/ports/clock.ts";
import { createRealClock } from "../src/runtimes/real-clock.ts";
import { temporaryFolder } from "../src/testing/testbed.ts";
import type { Tutti } from "../src/verbs/tutti.ts";

/** One time that an agent was asked. */
export interface Asked {
  readonly address: string;
  readonly attempt: number;
  readonly prompt: string;
}

/** What a swarm gives. */
export interface SwarmResult {
  readonly answer: Json;
  readonly decision: JsonObject | null;
  readonly contributions: readonly { readonly by: string; readonly key: string; readonly value: Json }[];
  readonly conflicts: readonly JsonObject[];
  readonly failed: readonly string[];
}

export interface SwarmScene {
  readonly tutti: Tutti;
  /** In the order in which they began. */
  readonly asked: readonly Asked[];
  /** Most agents that were at work at the same time. */
  readonly most: () => number;
  readonly begin: (swarm: JsonObject, rest?: JsonObject) => Promise<string>;
  readonly show: (id: string) => Promise<RunView>;
  /** Lets the run go on from there, to where it comes. */
  readonly answer: (id: string, address: string, value: Json, by?: string) => Promise<void>;
}

export interface SceneOptions {
  readonly rules: readonly JsonObject[];
  readonly files?: Readonly<Record<string, string>>;
  /** What an agent waits for before it answers. */
  readonly before?: (asked: Asked) => Promise<void>;
  readonly open?: TuttiOptions;
}

/** A project whose agents are the mock agent, watched. */
export async function swarmScene(options: SceneOptions): Promise<SwarmScene> {
  const cwd = temporaryFolder();
  // a project of its own, whatever lies around it
  mkdirSync(join(cwd, ".git"));
  for (const [name, text] of Object.entries(options.files ?? {})) {
    mkdirSync(join(cwd, dirname(name)), { recursive: true });
    writeFileSync(join(cwd, name), text);
  }
  const asked: Asked[] = [];
  const seen = { now: 0, most: 0 };
  const mock = createMockAgent({ cwd, clock: createRealClock(), script: { rules: options.rules } });
  const run: Agent["run"] = async (task, context) => {
    const { address, attempt } = context;
    const one = { address, attempt, prompt: buildPrompt(task, { shape: "text" }) };
    asked.push(one);
    seen.now += 1;
    seen.most = Math.max(seen.most, seen.now);
    try {
      await options.before?.(one);
      return await mock.run(task, context);
    } finally {
      seen.now -= 1;
    }
  };
  const tutti = await openTutti({ cwd, state: "memory", agents: [{ ...mock, run }], ...options.open });
  onTestFinished(() => tutti.close());
  return {
    tutti,
    asked,
    most: () => seen.most,
    show: (id) => tutti.show(id),
    answer: async (id, address, value, by = "ann") =>
      void (await tutti.control(id, { type: "answer", address, value, by })),
    begin: async (swarm, rest = {}) => {
      const text = JSON.stringify({
        name: "team",
        agent: "mock",
        swarm: { task: "do it", ...swarm },
        ...rest,
      });
      // it waits for people in no process
      const handle = await tutti.start(await tutti.load({ kind: "text", text }), { stayMs: 0 });
      await handle.done;
      return handle.id;
    },
  };
}

/** A swarm that was run to where it came. */
export interface SwarmRun extends SwarmScene {
  readonly id: string;
  readonly view: RunView;
  readonly events: readonly Event[];
  readonly result: SwarmResult;
  /** Addresses in the order in which their agents began. */
  readonly order: readonly string[];
  /** The prompt of the only, or the first, time that the agent at an address that ends so was asked. */
  readonly prompt: (end: string) => string;
}

export async function runSwarm(
  swarm: JsonObject,
  { rest, ...options }: SceneOptions & { readonly rest?: JsonObject },
): Promise<SwarmRun> {
  const scene = await swarmScene(options);
  const id = await scene.begin(swarm, rest);
  const view = await scene.show(id);
  return {
    ...scene,
    id,
    view,
    events: await scene.tutti.events(id),
    result: resultIn(view),
    order: scene.asked.map(({ address }) => address),
    prompt: (end) => {
      const found = scene.asked.find(({ address }) => address.endsWith(end));
      if (!found) throw new Error(`nobody was asked at ${end}: ${scene.asked.map(({ address }) => address)}`);
      return found.prompt;
    },
  };
}

export function nodeIn({ nodes }: RunView, address: string) {
  const node = nodes.find((one) => one.address === address);
  if (!node) throw new Error(`there is no ${address}`);
  return node;
}

export function resultIn(view: RunView): SwarmResult {
  const found = view.nodes.find(({ address }) => address === "swarm/result");
  return (found?.output ?? {}) as unknown as SwarmResult;
}

/** A plan of a coordinator. */
export function plan(...subtasks: readonly (JsonObject & { readonly id: string })[]): JsonObject {
  const full = subtasks.map((one) => ({
    title: `title of ${one.id}`,
    task: `task ${one.id}`,
    ...one,
  }));
  return { step: "swarm/plan*", output: { subtasks: full } };
}

/** What a specialist answers whose prompt says this. */
export function says(step: string, answer: string, posts: readonly JsonObject[] = []): JsonObject {
  return { step, output: { answer, posts: [...posts] } };
}

/** The machine's time, but what is due within a minute is due at once. */
export function hurriedClock(): Clock {
  const real = createRealClock({ unref: true });
  let ahead = 0;
  const now = (): number => real.now() + ahead;
  const soonMs = 60_000;
  return {
    now,
    at: (dueAt, fire) => {
      if (dueAt - now() > soonMs) return real.at(dueAt, fire);
      const soon = setImmediate(() => {
        ahead += Math.max(0, dueAt - now());
        fire();
      });
      return () => clearImmediate(soon);
    },
  };
}
