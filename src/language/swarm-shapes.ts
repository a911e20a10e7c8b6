import * as leaf from "./leaves.ts";
import type { Shape } from "./shapes.ts";

/** What an agent of a swarm says as a step does, and what its turns get as it stands. */
export const ofTurns = [
  "agent",
  "fallback_agents",
  "model",
  "effort",
  "thinking",
  "context_window",
  "mcp_servers",
  "skills",
  "subagents",
  "permissions",
  "memory",
  "reads",
  "writes",
  "before",
  "gates",
  "env",
  "timeout",
  "idle_timeout",
  "retry",
  "workspace",
  "on_interrupt",
  "limits",
  "cache",
  "expect",
] as const;

export const swarmShape = {
  what: "`swarm`",
  leaves: {
    topology: leaf.topology,
    task: leaf.filledText,
    rounds: leaf.positive,
    max_tries: leaf.positive,
  },
  parts: [
    "agents",
    "coordination",
    "execution",
    "decision",
    "topics",
    "output",
    "context_window",
    "memory",
    "thinking",
  ],
} as const satisfies Shape;

export const swarmAgentShape = {
  what: "an agent of a swarm",
  leaves: {
    role: leaf.filledText,
    capabilities: leaf.names,
    tools: leaf.names,
    prompt: leaf.filledText,
    command: leaf.filledText,
    backup: leaf.names,
    impact: leaf.impact,
    at_once: leaf.positive,
    dynamic: leaf.flag,
  },
  parts: [...ofTurns, "output"],
} as const satisfies Shape;

export const coordinationShape = {
  what: "`coordination`",
  leaves: { communication: leaf.communication, state_sharing: leaf.stateSharing },
  parts: ["conflict_resolution"],
} as const satisfies Shape;

export const executionShape = {
  what: "`execution`",
  leaves: {
    parallel_limit: leaf.positive,
    timeout: leaf.positiveDuration,
    retry_strategy: leaf.retryStrategy,
  },
  parts: [],
} as const satisfies Shape;

export const decisionShape = {
  what: "`decision`",
  leaves: { question: leaf.filledText, blind: leaf.flag },
  parts: ["options"],
} as const satisfies Shape;
