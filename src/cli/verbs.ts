import type { Verb } from "./verb.ts";

interface VerbEntry {
  readonly summary: string;
  /** Brings in the verb's module; only the one that was called. */
  readonly load: () => Promise<Verb>;
}

/** All verbs, in the order of the help. */
export const verbs: Readonly<Record<string, VerbEntry>> = {
  run: {
    summary: "run a workflow file, or pattern:NAME",
    load: async () => (await import("./commands/run.ts")).run,
  },
  chain: {
    summary: 'run commands one after another: "query x → task"',
    load: async () => (await import("./commands/chain.ts")).chain,
  },
  flow: {
    summary: 'decide between commands: "if n > 3 then feature else task"',
    load: async () => (await import("./commands/flow.ts")).flow,
  },
  swarm: {
    summary: 'let agents work on one task together: "coordinator: plan → specialists: [a, b]"',
    load: async () => (await import("./commands/swarm.ts")).swarm,
  },
  pipeline: {
    summary: 'take records through stages: "in.jsonl → [/query] → out.jsonl"; dead letters',
    load: async () => (await import("./commands/pipeline.ts")).pipeline,
  },
  auto: {
    summary: "find out what kind of work a task is, and run the workflow that fits",
    load: async () => (await import("./commands/auto.ts")).auto,
  },
  plan: {
    summary: "show what a workflow would do, in which order, at what price",
    load: async () => (await import("./commands/plan.ts")).plan,
  },
  validate: {
    summary: "list all mistakes of workflow files",
    load: async () => (await import("./commands/validate.ts")).validate,
  },
  resume: {
    summary: "go on with a run after a crash, a pause or a failure",
    load: async () => (await import("./commands/resume.ts")).resume,
  },
  pause: {
    summary: "start nothing more in a run",
    load: async () => (await import("./commands/pause.ts")).pause,
  },
  cancel: {
    summary: "stop everything a run has started and end it",
    load: async () => (await import("./commands/cancel.ts")).cancel,
  },
  signal: {
    summary: "send a signal that a run waits for",
    load: async () => (await import("./commands/signal.ts")).signal,
  },
  asks: {
    summary: "list what people are asked, by one run or by all",
    load: async () => (await import("./commands/asks.ts")).asks,
  },
  approve: {
    summary: "say yes to an approval",
    load: async () => (await import("./commands/approve.ts")).approve,
  },
  reject: {
    summary: "say no to an approval",
    load: async () => (await import("./commands/reject.ts")).reject,
  },
  answer: {
    summary: "answer a question, or say what becomes of an interrupted step",
    load: async () => (await import("./commands/answer.ts")).answer,
  },
  runs: {
    summary: "list runs",
    load: async () => (await import("./commands/runs.ts")).runs,
  },
  show: {
    summary: "show a run, or one of its nodes",
    load: async () => (await import("./commands/show.ts")).show,
  },
  logs: {
    summary: "print what steps printed",
    load: async () => (await import("./commands/logs.ts")).logs,
  },
  events: {
    summary: "print the log of a run",
    load: async () => (await import("./commands/events.ts")).events,
  },
  why: {
    summary: "say what each unfinished node waits for",
    load: async () => (await import("./commands/why.ts")).why,
  },
  watch: {
    summary: "watch a run that another process drives",
    load: async () => (await import("./commands/watch.ts")).watch,
  },
  checkpoints: {
    summary: "list what was kept of a run's files",
    load: async () => (await import("./commands/checkpoints.ts")).checkpoints,
  },
  rollback: {
    summary: "put files and steps of a run back to a point of it, or forward again",
    load: async () => (await import("./commands/rollback.ts")).rollback,
  },
  rewind: {
    summary: "put the steps of a run back; files only where they are the run's own",
    load: async () => (await import("./commands/rewind.ts")).rewind,
  },
  fork: {
    summary: "begin another run from a point of one, with its results",
    load: async () => (await import("./commands/fork.ts")).fork,
  },
  land: {
    summary: "bring what a run did to a branch of yours",
    load: async () => (await import("./commands/land.ts")).land,
  },
  commands: {
    summary: "list the slash commands, or show one",
    load: async () => (await import("./commands/commands.ts")).commands,
  },
  graph: {
    summary: "draw a workflow as mermaid, dot or text",
    load: async () => (await import("./commands/graph.ts")).graph,
  },
  budget: {
    summary: "show what agents cost today, over all runs",
    load: async () => (await import("./commands/budget.ts")).budget,
  },
  insights: {
    summary: "tell what was learned of decisions, or forget it",
    load: async () => (await import("./commands/insights.ts")).insights,
  },
  memory: {
    summary: "list, show or clear what runs have learned for later ones",
    load: async () => (await import("./commands/memory.ts")).memory,
  },
  cache: {
    summary: "list, explain or clear cached results",
    load: async () => (await import("./commands/cache.ts")).cache,
  },
  audit: {
    summary: "check the stored state, and repair it",
    load: async () => (await import("./commands/audit.ts")).audit,
  },
  migrate: {
    summary: "rewrite a workflow in the canonical form",
    load: async () => (await import("./commands/migrate.ts")).migrate,
  },
  schema: {
    summary: "print the JSON Schema of workflows or settings",
    load: async () => (await import("./commands/schema.ts")).schema,
  },
  init: {
    summary: "write a first workflow and settings",
    load: async () => (await import("./commands/init.ts")).init,
  },
  doctor: {
    summary: "check this machine",
    load: async () => (await import("./commands/doctor.ts")).doctor,
  },
};

/** Verbs of later versions, and what to do meanwhile. */
export const laterVerbs: Readonly<Record<string, string>> = {
  report: "use: tutti show RUN --json",
  session: "every run is saved by itself; go on with: tutti resume RUN",
  serve: "use: tutti watch, or tutti events RUN --follow --json",
  worker: "one process drives a run; several runs may go on at once on one machine",
  mcp: "call tutti with --json",
};

/** Words that other programs use for the same. */
const otherWords: Readonly<Record<string, string>> = {
  list: "runs",
  ls: "runs",
  ps: "runs",
  status: "show",
  info: "show",
  describe: "show",
  version: "--version",
  stop: "cancel",
  kill: "cancel",
  abort: "cancel",
  start: "run",
  exec: "run",
  continue: "resume",
  retry: "resume",
  check: "validate",
  lint: "validate",
  explain: "why",
};

/** The verb, or flag, that a word of another program stands for. */
export function meantVerb(word: string): string | undefined {
  return Object.hasOwn(otherWords, word) ? otherWords[word] : undefined;
}
