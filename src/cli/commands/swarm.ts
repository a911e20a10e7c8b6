import { startFlags, type StartFlags, startRun } from "../start.ts";
import { defineVerb } from "../verb.ts";

interface SwarmFlags extends StartFlags {
  readonly name?: string;
  readonly task?: string;
  readonly target?: string;
  readonly topology?: string;
  readonly rounds?: string;
  readonly parallelLimit?: string;
  readonly communication?: string;
  readonly saveState?: boolean;
}

export const swarm = defineVerb<SwarmFlags>({
  examples: [
    'tutti swarm "coordinator: plan → specialists: [security, speed] → aggregator: merge" --task "review the parser"',
    'tutti swarm "hub: asks → spokes: [reader: reads the code, tester: runs the tests]" --task "find the flaky test"',
    'tutti swarm "peers: [ann, bob, cyd]" --task "Redis or SQLite?" --rounds 2',
    'tutti swarm "writer → critic → editor" --task "a haiku about locks"',
  ],
  define: (command) =>
    startFlags(
      command
        .argument(
          "<text>",
          "agents with → between them, by what they are: coordinator, specialists, aggregator; hub, spokes; peers",
        )
        .option("--task <text>", "what they work on together")
        .option("--target <text>", "another word for --task")
        .option("--topology <name>", "hierarchical, star, mesh or pipeline; by default what the text says")
        .option("--rounds <n>", "most rounds of a star or a mesh")
        .option("--parallel-limit <n>", "agents at work at once")
        .option("--communication <how>", "event_driven, synchronous or asynchronous")
        .option("--name <name>", "name of the workflow")
        .option("--save-state", "keep the run, so that it can be resumed (the default)")
        .option("--no-save-state", "keep the run in memory only"),
    ),
  run: (context, { args: [text = ""], options }) => {
    const { name, task, target, topology, rounds, parallelLimit, communication, saveState } = options;
    const given = { name, task, target, topology, rounds, parallelLimit, communication, saveState };
    const flags = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    return startRun(context, {
      source: () => Promise.resolve({ kind: "swarm", text, flags }),
      flags: options,
      inputs: {},
    });
  },
});
