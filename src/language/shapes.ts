import type { z } from "zod";
import { forEachShape, repeatShape } from "./container-shapes.ts";
import * as leaf from "./leaves.ts";
import { capLeaves } from "./limits.ts";
import {
  notSupportedInChain,
  notSupportedInStep,
  notSupportedInStepLimits,
  notSupportedInWorkflow,
} from "./not-supported.ts";
import { pipelineShape } from "./pipeline-shapes.ts";
import { swarmShape } from "./swarm-shapes.ts";

/** The keys of one kind of object. `parts`: keys whose values are read by themselves. */
export interface Shape {
  /** "a step", "the workflow": for messages. */
  readonly what: string;
  readonly leaves: Readonly<Record<string, z.ZodType>>;
  readonly parts: readonly string[];
  readonly notSupported?: Readonly<Record<string, string>>;
  /** Keys of objects that this one holds, by the name of that object: they are often written beside it. */
  readonly inside?: Readonly<Record<string, readonly string[]>>;
  /** What is to be written instead of keys that others have for the same. */
  readonly meant?: Readonly<Record<string, string>>;
  /** What can stand in its place; absent: it is always an object. */
  readonly form?: string;
}

function keysOf({ leaves, parts }: Pick<Shape, "leaves" | "parts">): readonly string[] {
  return [...Object.keys(leaves), ...parts];
}

export const workflowShape = {
  what: "a workflow",
  leaves: {
    $schema: leaf.text,
    name: leaf.filledText,
    description: leaf.text,
    env: leaf.textRecord,
    agent: leaf.filledText,
    fallback_agents: leaf.names,
    model: leaf.filledText,
    thinking: leaf.thinking,
    save_state: leaf.flag,
    resources: leaf.resourceRecord,
  },
  parts: [
    "inputs",
    "limits",
    "context_window",
    "memory",
    "workspace",
    "mcp_servers",
    "chain",
    "swarm",
    "pipeline",
    "flow",
    "gates",
    "undo",
  ],
  notSupported: notSupportedInWorkflow,
  inside: { swarm: keysOf(swarmShape), pipeline: keysOf(pipelineShape) },
} as const satisfies Shape;

export const limitsShape = {
  what: "`limits`",
  leaves: { ...capLeaves, mode: leaf.limitMode, on_limit: leaf.onLimit },
  parts: [],
} as const satisfies Shape;

export const stepLimitsShape = {
  what: "`limits` of a step",
  leaves: { cost: leaf.usd, tokens: leaf.tokens, agents: leaf.count, time: leaf.positiveDuration },
  parts: [],
  notSupported: notSupportedInStepLimits,
} as const satisfies Shape;

export const chainShape = {
  what: "a chain",
  leaves: { parallel_where_possible: leaf.flag, gives: leaf.name },
  parts: ["steps", "error_strategy"],
  notSupported: notSupportedInChain,
} as const satisfies Shape;

export const strategyShape = {
  what: "`error_strategy`",
  leaves: { fallback: leaf.filledText },
  parts: [],
} as const satisfies Shape;

export const stepShape = {
  what: "a step",
  leaves: {
    name: leaf.name,
    description: leaf.text,
    depends_on: leaf.names,
    when: leaf.looseText,
    timeout: leaf.positiveDuration,
    idle_timeout: leaf.positiveDuration,
    reads: leaf.globs,
    writes: leaf.globs,
    uses: leaf.names,
    locks: leaf.names,
    env: leaf.textRecord,
    on_interrupt: leaf.interrupt,
    cache: leaf.positiveDuration,
    expect: leaf.expectation,
    priority: leaf.priority,
    workspace: leaf.stepWorkspace,
    command: leaf.filledText,
    params: leaf.looseText,
    context: leaf.jsonObject,
    run: leaf.filledText,
    cwd: leaf.filledText,
    agent: leaf.filledText,
    fallback_agents: leaf.names,
    prompt: leaf.filledText,
    model: leaf.filledText,
    effort: leaf.effort,
    thinking: leaf.thinking,
    tools: leaf.tools,
    mcp_servers: leaf.names,
    skills: leaf.names,
    subagents: leaf.names,
    preamble: leaf.filledText,
    function: leaf.filledText,
    parallel_where_possible: leaf.flag,
    gives: leaf.name,
    approval: leaf.filledText,
    question: leaf.filledText,
    workflow: leaf.filledText,
    mode: leaf.callMode,
    by: leaf.people,
    quorum: leaf.positive,
    deadline: leaf.positiveDuration,
  },
  parts: [
    "undo",
    "retry",
    "limits",
    "memory",
    "context_window",
    "permissions",
    "error_strategy",
    "output",
    "before",
    "gates",
    "http",
    "mcp",
    "wait",
    "chain",
    "steps",
    "parallel",
    "with",
    "args",
    "flow",
    "switch",
    "tally",
    "repeat",
    "for_each",
    "swarm",
    "pipeline",
    "blackboard",
    "board",
    "value",
    "answer",
    "otherwise",
    "escalate",
  ],
  notSupported: notSupportedInStep,
  meant: { inputs: "write `with: {…}`" },
  inside: {
    for_each: keysOf(forEachShape),
    repeat: keysOf(repeatShape),
    swarm: keysOf(swarmShape),
    pipeline: keysOf(pipelineShape),
  },
} as const satisfies Shape;

const { leaves: ofStep } = stepShape;

export const undoShape = {
  what: "`undo`",
  leaves: {
    timeout: ofStep.timeout,
    idle_timeout: ofStep.idle_timeout,
    env: ofStep.env,
    on_interrupt: ofStep.on_interrupt,
    command: ofStep.command,
    params: ofStep.params,
    context: ofStep.context,
    run: ofStep.run,
    cwd: ofStep.cwd,
    agent: ofStep.agent,
    fallback_agents: ofStep.fallback_agents,
    prompt: ofStep.prompt,
    model: ofStep.model,
    tools: ofStep.tools,
    mcp_servers: ofStep.mcp_servers,
    function: ofStep.function,
  },
  parts: ["retry", "http", "mcp", "with", "args"],
} as const satisfies Shape;

export const retryShape = {
  what: "`retry`",
  leaves: { max: leaf.count, on: leaf.failureClasses, backoff: leaf.backoff, delay: leaf.duration },
  parts: [],
} as const satisfies Shape;

export const httpShape = {
  what: "`http`",
  leaves: {
    method: leaf.method,
    url: leaf.filledText,
    headers: leaf.textRecord,
    body: leaf.json,
    expect: leaf.statusCodes,
  },
  parts: [],
} as const satisfies Shape;

export const waitShape = {
  what: "`wait`",
  leaves: {
    for: leaf.duration,
    until: leaf.filledText,
    signal: leaf.name,
    board: leaf.filledText,
    deadline: leaf.positiveDuration,
  },
  parts: [],
} as const satisfies Shape;
