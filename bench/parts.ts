import type { Part } from "./part.ts";

/** All parts, in the order they are measured. */
export const parts: readonly Part[] = [
  {
    name: "sequence",
    what: "durable steps a second of 1 run × 1,000 steps one after another",
    load: async () => (await import("./parts/sequence.ts")).measureSequence,
  },
  {
    name: "parallel",
    what: "durable steps a second of 1 run × 1,000 steps side by side",
    load: async () => (await import("./parts/parallel.ts")).measureParallel,
  },
  {
    name: "runs",
    what: "durable steps a second of 1,000 runs × 3 steps, all started at once",
    load: async () => (await import("./parts/runs.ts")).measureRuns,
  },
  {
    name: "streams",
    what: "commits of a pipeline's store against bare rows",
    load: async () => (await import("./parts/streams.ts")).measureStreams,
  },
  {
    name: "pipelines",
    what: "records a second through three durable function stages against bare batched rows, and shell lines side by side",
    load: async () => (await import("./parts/pipelines.ts")).measurePipelines,
  },
  {
    name: "stream_memory",
    what: "peak memory of a large file through a slow stage",
    load: async () => (await import("./parts/stream-memory.ts")).measureStreamMemory,
  },
  {
    name: "scale",
    what: "cost of a step at 100,000 nodes against 1,000",
    load: async () => (await import("./parts/scale.ts")).measureScale,
  },
  {
    name: "flow",
    what: "cost of a step in 10,000 decisions, items and turns against a plain chain's",
    load: async () => (await import("./parts/flow.ts")).measureFlow,
  },
  {
    name: "cold",
    what: "from the command line to the first finished step",
    load: async () => (await import("./parts/cold.ts")).measureCold,
  },
  {
    name: "recovery",
    what: "from kill -9 to going on, and what is done twice",
    load: async () => (await import("./parts/recovery.ts")).measureRecovery,
  },
  {
    name: "memory",
    what: "peak memory of long runs, many runs and loud steps",
    load: async () => (await import("./parts/memory.ts")).measureMemory,
  },
  {
    name: "validate",
    what: "loading, checking and planning a file of 10,000 steps",
    load: async () => (await import("./parts/validate.ts")).measureValidate,
  },
  {
    name: "makespan",
    what: "makespan of real graphs in simulated time, against their lower bound and list schedule",
    load: async () => (await import("./parts/makespan.ts")).measureMakespan,
  },
  {
    name: "checkpoints",
    what: "100 checkpoints of a repository of 20,000 files against git status, and how it grows",
    load: async () => (await import("./parts/checkpoints.ts")).measureCheckpoints,
  },
];
