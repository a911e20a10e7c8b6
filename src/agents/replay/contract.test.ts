import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Failure, Outcome } from "../../core/outcome.ts";
import { createRedactor } from "../../executors/redactor.ts";
import type { AgentTask } from "../../ports/agent.ts";
import { everyAbility } from "../../testing/agent-abilities.ts";
import {
  agentTask,
  describeAgentContract,
  taskContext,
  type AgentScenario,
  type Unmet,
} from "../../testing/agent-contract.ts";
import { temporaryFolder } from "../../testing/testbed.ts";
import { createRecorder } from "./recorder.ts";
import { createReplayAgent } from "./replay.ts";

const redaction = createRedactor();
const env = { PATH: process.env["PATH"] ?? "" };
const usage = { costUsd: 0.01, inputTokens: 1, outputTokens: 1 };
const played = "it asks no agent again";
const unshown = {
  tools: played,
  mcp: played,
  skills: played,
  subagents: played,
  model: played,
  thinking: played,
};
const failing = (failure: Omit<Failure, "message">) =>
  ({ ok: false, failure: { message: "no", ...failure } }) as const;
const scenarios: Readonly<Record<AgentScenario, Partial<Outcome> | Unmet>> = {
  answers: { output: "hi", usage },
  edits: { output: "hi", changedFiles: ["made.txt"], usage },
  fails: { ok: false, failure: { code: "AGENT_FAILED", message: "no", class: "failure" } },
  denied: { ok: false, failure: { code: "AGENT_DENIED", message: "Bash(npm publish)", class: "failure" } },
  "as-text": { ok: false, failure: { code: "COMMAND_NOT_EXPANDED", message: "no", class: "permanent" } },
  "no-output": { ok: false, failure: { code: "OUTPUT_SHAPE", message: "no", class: "failure" } },
  quota: { ok: false, failure: { code: "QUOTA", message: "no", class: "quota", resetAt: 4_102_444_800_000 } },
  unpriced: { output: "hi", usage: { ...usage, costUsd: null } },
  "wrong-shape": { output: { count: "many" } },
  refused: failing({ code: "AGENT_FAILED", class: "permanent" }),
  "rate-limit": failing({ code: "QUOTA", class: "quota", resetAt: 4_102_444_800_000 }),
  crashes: failing({ code: "AGENT_FAILED", class: "transient" }),
  asks: {
    ...failing({ code: "AGENT_DENIED", class: "failure" }),
    deferred: { id: "t1", tool: "Bash", input: { command: "touch made.txt" } },
  },
  mcp: { output: "hi" },
  skill: { output: "hi" },
  subagent: { output: "hi" },
  hangs: { cannot: "it answers at once" },
  grandchild: { cannot: "it starts no program" },
  "cut-off": { cannot: "it has no sessions" },
};

async function goesOn({ allow }: NonNullable<AgentTask["decided"]>, cwd: string): Promise<Outcome> {
  if (allow) await writeFile(join(cwd, "made.txt"), "made\n");
  return { ok: true, output: "hi" };
}

/** Records the very task first, so that any request of the suite is on the tape. */
describeAgentContract("replay", async (scenario) => {
  const outcome = scenarios[scenario];
  if ("cannot" in outcome) return outcome;
  const cassette = join(temporaryFolder(), "tape");
  const replay = createReplayAgent({ cassette, redaction });
  const record = (task: AgentTask) =>
    createRecorder(
      {
        name: "worker",
        abilities: everyAbility,
        probe: () => Promise.resolve({ available: true }),
        run: async (_, { cwd }) => {
          if (scenario === "asks" && task.decided) return goesOn(task.decided, cwd);
          if (scenario === "edits") await writeFile(join(cwd, "made.txt"), "made\n");
          const shaped = task.schema && outcome.ok !== false && scenario !== "wrong-shape";
          return { ok: true, ...outcome, ...(shaped ? { output: { count: 1 } } : {}) };
        },
      },
      { cassette, redaction },
    ).run(task, taskContext({ cwd: temporaryFolder(), env }));
  return {
    env,
    unshown,
    agent: {
      name: replay.name,
      abilities: replay.abilities,
      probe: async () => {
        await record(agentTask());
        return replay.probe();
      },
      run: async (task, context) => {
        await record(task);
        return replay.run(task, context);
      },
    },
  };
});
