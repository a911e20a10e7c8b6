import type { EffectPolicy } from "../core/effects.ts";
import type { AgentTask } from "../ports/agent.ts";
import type { ArtifactStore } from "../ports/artifact-store.ts";
import type { TaskContext } from "../ports/executor.ts";

export const countSchema = {
  type: "object",
  properties: { count: { type: "integer" } },
  required: ["count"],
} as const;

export const commandWork: AgentTask["work"] = {
  kind: "command",
  command: {
    name: "family:cmd",
    arguments: "a b",
    file: "/nowhere/.claude/commands/family/cmd.md",
    expanded: "Do a b now",
    native: true,
  },
};

/** A prompt with a fresh session. */
export function agentTask(over: Partial<AgentTask> = {}): AgentTask {
  return { work: { kind: "prompt", prompt: "say hi" }, sessionId: crypto.randomUUID(), ...over };
}

/** A context with nothing special about it. */
export function taskContext(
  over: Partial<Omit<TaskContext, "policy">> & {
    readonly cwd: string;
    readonly policy?: Partial<EffectPolicy>;
  },
): TaskContext {
  const { policy, ...rest } = over;
  return {
    runId: "run",
    effectId: "effect",
    runName: "run",
    address: "step",
    attempt: 1,
    env: {},
    artifacts: noArtifacts,
    signal: new AbortController().signal,
    print: () => {},
    stage: () => {},
    ...rest,
    policy: {
      outputBytes: 1_048_576,
      env: {},
      reads: [],
      remainingUsd: 10,
      definition: null,
      ...policy,
    },
  };
}

/** Agents hand their answers back and store nothing. */
const noArtifacts: ArtifactStore = {
  put: () => Promise.reject(new Error("an agent stored an artifact")),
  get: () => Promise.reject(new Error("an agent read an artifact")),
  verify: () => Promise.resolve("missing"),
  list: async function* () {},
  remove: () => Promise.resolve(),
};
