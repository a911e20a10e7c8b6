import {
  isTuttiError,
  openTutti,
  WorkflowOrchestrator,
  type Agent,
  type Json,
  type RunResult,
  type WorkflowDefinition,
  type WorkflowFunction,
} from "tutti";
import { answering } from "./answering.ts";

const parrot: Agent = {
  name: "parrot",
  abilities: {
    streaming: false,
    resume: false,
    schema: "none",
    cost: "reported",
    tools: false,
    permissions: "none",
    files: false,
    mcp: false,
    skills: false,
    subagents: false,
    model: false,
    thinking: false,
  },
  probe: () => Promise.resolve({ available: true, version: "1" }),
  run: ({ work }) =>
    Promise.resolve({
      ok: true,
      output: work.kind === "prompt" ? work.prompt : work.command.name,
      usage: { costUsd: 0.01, inputTokens: 1, outputTokens: 1 },
    }),
};

const join: WorkflowFunction = (args: Json) => (Array.isArray(args) ? args.join(" ") : null);

const definition = {
  name: "typed",
  limits: { cost: "1 USD", parallel: 2 },
  chain: {
    parallel_where_possible: true,
    steps: [
      { name: "call", http: "http://echo/hello" },
      { name: "say", agent: "parrot", prompt: "${ call.output } there" },
      { name: "both", function: "join", args: ["${ call.output }", "${ say.output }"] },
    ],
  },
} satisfies WorkflowDefinition;

const options = { functions: { join }, agents: [parrot], executors: [answering], state: "memory" } as const;

const orchestrator = new WorkflowOrchestrator(definition, options);
const kinds: string[] = [];
orchestrator.on((news) => {
  if (news.kind === "events") kinds.push(...news.events.map((event) => event.type));
});
const result: RunResult = await orchestrator.execute();
const metrics = await orchestrator.getMetrics();
await orchestrator.close();

const tutti = await openTutti(options);
const mistakes = await tutti
  .load({ kind: "object", value: { chain: [{ name: "x", frobnicate: 1 }] } })
  .then(() => [])
  .catch((error: unknown) => (isTuttiError(error) ? [error.code] : [String(error)]));
const handle = await tutti.start(await tutti.load({ kind: "object", value: definition }));
const second = await handle.done;
await tutti.close();

process.stdout.write(
  JSON.stringify({
    statuses: [result.status, second.status],
    outputs: result.view.nodes.map(({ address, output }) => [address, output]),
    ended: kinds.includes("node.ended"),
    metrics: Object.keys(metrics).length > 0,
    mistakes,
  }),
);
