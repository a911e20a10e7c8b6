import { asText, isObject, type Json, type JsonObject } from "../expression/json.ts";
import type { Gate } from "../language/gate.ts";
import type { AgentAction, AgentGrants, CommandAction, Step, WorkflowAction } from "../language/workflow.ts";
import { nextChild } from "./apply-child.ts";
import { inputsOfCall } from "./call.ts";
import { isAgent } from "./bookkeeping.ts";
import { compiledStep } from "./compiled.ts";
import { pipelineRequest } from "./pipeline-request.ts";
import type { ContextRecord } from "./context-record.ts";
import type { EffectPolicy, Request, RequestGrants } from "./effects.ts";
import { mcpRequest, serversPart } from "./mcp-request.ts";
import { wantedAgent } from "./policies/failover.ts";
import { remainingUsd, spendingPart } from "./policies/limits.ts";
import { definitionOf } from "./definition.ts";
import { promptOf } from "./prompt.ts";
import { scopeOf, stepEnv } from "./scope.ts";
import { memoryOf } from "./memory.ts";
import { keptWhileRecent } from "./recent.ts";
import type { NodeState } from "./node.ts";
import type { RunState } from "./state.ts";
import { effortFor, thinkingOf, type ThinkingRecord } from "./thinking.ts";
import { treePolicy } from "./trees.ts";

/** Asked of the agent that brings together what could not land. */
const resolveConflict =
  "What was done in this working tree does not go together with something that was finished meanwhile. The files that are named below hold " +
  "both now, with conflict marks (<<<<<<<, =======, >>>>>>>) at the lines that differ, or as files beside each other where lines cannot be " +
  "marked. Bring them together so that what both meant to do holds, take out all marks, delete the files that were put beside, and change " +
  "nothing else.";

/** What an attempt is to do, and how that came about. */
export interface Work {
  readonly request: Request;
  readonly thinking?: ThinkingRecord;
  readonly context?: ContextRecord;
}

/** A step's action with every template filled in. Throws EXPRESSION_FAILED when a template has no value. */
export function renderWork(state: RunState, node: NodeState): Work {
  const { action } = node.plan.step;
  if (action.kind === "command" || action.kind === "agent") return agentWork(state, node, action);
  return { request: renderRequest(state, node) };
}

/** The request of it alone. */
export function renderRequest(state: RunState, node: NodeState): Request {
  const { action } = node.plan.step;
  const compiled = compiledStep(node.plan.step);
  const scope = scopeOf(state, node);
  switch (action.kind) {
    case "command":
    case "agent":
      return agentWork(state, node, action).request;
    case "land":
      return { kind: "agent", prompt: resolveConflict, ...wantedAgent(state, {}), ...feedbackPart(node) };
    case "run": {
      const shell = compiled.shell?.render(scope) ?? { line: action.line, values: {} };
      return {
        kind: "run",
        shell,
        ...(action.cwd === undefined ? {} : { cwd: action.cwd }),
        ...feedbackPart(node),
      };
    }
    case "http":
      return httpRequest(compiled.values?.render(scope) ?? {}, action);
    case "function":
      return { kind: "function", function: action.function, args: compiled.values?.render(scope) ?? null };
    case "mcp":
      return mcpRequest(state, node, action);
    case "workflow":
      return workflowRequest(state, node, action);
    case "pipeline":
      return pipelineRequest(state, node, action);
    default:
      throw new TypeError(`a ${action.kind} has no request`);
  }
}

function writtenPart({ action }: Step): Pick<EffectPolicy, "written"> {
  return action.kind === "run" && action.line.includes("${") ? { written: action.line } : {};
}

function workflowRequest(state: RunState, node: NodeState, { workflow }: WorkflowAction): Request {
  const { name, inputs } = workflow;
  const recalled = node.undoes?.outcome?.child;
  if (recalled) return { kind: "workflow", workflow: name, child: recalled.id, inputs: {}, undo: true };
  const call = { workflow: name, inputs, with: {} };
  return {
    kind: "workflow",
    workflow: name,
    child: nextChild(state, node),
    inputs: inputsOfCall(state, node, call),
  };
}

function agentWork(state: RunState, node: NodeState, action: CommandAction | AgentAction): Work {
  const { step } = node.plan;
  const { text, context, beside, values, asked, record } = promptOf(state, node, action);
  const thinking = thinkingOf(state.workflow, step, { text: asked, values, rounds: node.rounds });
  const effort = effortFor(action, thinking);
  const agent = node.agent === undefined ? wantedAgent(state, action) : { agent: node.agent };
  const shared = {
    ...agent,
    ...(effort === undefined ? {} : { effort }),
    ...beside,
    ...grantsPart(action),
    ...decidedPart(node),
    ...serversPart(state, node),
    ...claimsPart(step),
    ...feedbackPart(node),
  };
  const how = { ...(thinking ? { thinking } : {}), ...(record ? { context: record } : {}) };
  if (action.kind === "agent") {
    const tools = action.tools ? { tools: action.tools } : {};
    return { request: { kind: "agent", prompt: text, ...shared, ...tools }, ...how };
  }
  const told = context ? { context } : {};
  const { command } = action;
  return { request: { kind: "command", command, arguments: text, ...shared, ...told }, ...how };
}

function decidedPart({ callDecided: decided }: NodeState): Pick<RequestGrants, "decided"> {
  return decided ? { decided } : {};
}

function grantsPart({ skills, subagents, permissions }: AgentGrants): RequestGrants {
  return {
    ...(skills ? { skills } : {}),
    ...(subagents ? { subagents } : {}),
    ...(permissions ? { permissions: permissions === "deny" ? "deny" : "ask" } : {}),
  };
}

function feedbackPart(node: NodeState): { feedback?: string } {
  return node.feedback === undefined ? {} : { feedback: node.feedback };
}

function claimsPart(step: Step): { claims?: readonly string[] } {
  const claims = step.gates.filter((gate: Gate) => gate.kind === "claim").map((gate) => gate.name);
  return claims.length > 0 ? { claims } : {};
}

function httpRequest(
  values: Json,
  action: { readonly method: string; readonly expect?: readonly number[] },
): Request {
  const rendered = isObject(values) ? values : {};
  const headers = isObject(rendered["headers"]) ? rendered["headers"] : {};
  return {
    kind: "http",
    method: action.method,
    url: asText(rendered["url"]),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, asText(value)])),
    ...(rendered["body"] === undefined ? {} : { body: rendered["body"] }),
    ...(action.expect ? { expect: action.expect } : {}),
  };
}

/** What the one who performs the step's request or gate must hold to. */
export function policyOf(state: RunState, node: NodeState): EffectPolicy {
  const { filesAtStart } = node;
  const workspace = treePolicy(state, node);
  const policy = {
    ...declaredPolicy(node.plan.step),
    outputBytes: state.limits.outputBytes,
    env: stepEnv(state, node),
    remainingUsd: 0,
    ...(filesAtStart === undefined ? {} : { filesAtStart }),
    ...(workspace ? { workspace } : {}),
  };
  if (!isAgent(node)) return policy;
  return {
    ...policy,
    ...memoryPart(node),
    remainingUsd: remainingUsd(state, node),
    ...spendingPart(state, node),
  };
}

function memoryPart({ plan, memory: was }: NodeState): Pick<EffectPolicy, "memory"> {
  const memory = memoryOf(plan.step);
  if (!memory) return {};
  const { name, read, write, maxBytes } = memory;
  return {
    memory: {
      name,
      maxBytes,
      ...(read ? { read } : {}),
      ...(write ? { learns: true } : {}),
      ...(was?.artifact === undefined ? {} : { was: was.artifact }),
    },
  };
}

type Declared = Omit<
  EffectPolicy,
  "outputBytes" | "env" | "remainingUsd" | "spending" | "filesAtStart" | "workspace" | "memory"
>;

/** The part of it that is the same in every run. */
const declaredPolicy = keptWhileRecent(declare, 128);

function declare(step: Step): Declared {
  return {
    ...(step.timeoutMs === undefined ? {} : { timeoutMs: step.timeoutMs }),
    ...(step.idleMs === undefined ? {} : { idleMs: step.idleMs }),
    ...(step.output === undefined ? {} : { schema: withClaims(step.output, step) }),
    ...(step.cacheMs === undefined ? {} : { cacheMs: step.cacheMs }),
    reads: step.reads,
    ...(step.gates.some(looksAtChanges) ? { filesBefore: true as const } : {}),
    ...writtenPart(step),
    definition: step.cacheMs === undefined ? null : definitionOf(step),
  };
}

/** Whether the gate has to know what its step changed. */
function looksAtChanges(gate: Gate): boolean {
  return gate.kind === "files" || (gate.kind === "secrets" && gate.in === "changed");
}

/** A step that has to answer claims may always add them to its output. */
function withClaims(schema: JsonObject, step: Step): JsonObject {
  const { claims } = claimsPart(step);
  if (!claims) return schema;
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  return { ...schema, properties: { quality_metrics: { type: "object" }, ...properties } };
}
