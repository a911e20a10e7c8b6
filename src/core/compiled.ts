import { compileExpression, type Expression, type Reference } from "../expression/expression.ts";
import type { Json } from "../expression/json.ts";
import { compileShellTemplate, type ShellTemplate } from "../expression/shell-template.ts";
import {
  compileJsonTemplate,
  compileTemplate,
  type JsonTemplate,
  type Template,
} from "../expression/template.ts";
import type { Gate } from "../language/gate.ts";
import type { TallyAction } from "../language/voting.ts";
import type { Action, Step } from "../language/workflow.ts";
import { askOfCalls } from "./call-asks.ts";
import { compileAsk, type CompiledAsk } from "./compiled-ask.ts";
import { referencesOfPipeline } from "./compiled-pipeline.ts";
import { keptWhileRecent } from "./recent.ts";
import { compileGate, type CompiledGate } from "./compiled-gate.ts";

/** A step's expressions and templates, compiled once and only when the step is about to run. */
export interface CompiledStep {
  readonly when: Expression | undefined;
  /** Params, prompt, or nothing. */
  readonly text: Template | undefined;
  readonly preamble: Template | undefined;
  readonly shell: ShellTemplate | undefined;
  /** HTTP url, headers and body, function arguments, command context, wait time, a value itself: as one JSON value. */
  readonly values: JsonTemplate | undefined;
  readonly env: JsonTemplate | undefined;
  /** MCP servers by name. */
  readonly servers: JsonTemplate | undefined;
  /** Key under which its whole output comes onto a blackboard. */
  readonly postKey: Template | undefined;
  /** Of a branch. */
  readonly ways: readonly CompiledWay[];
  /** Of a loop: its `until`, and the number of its plateau. Of a wait for a blackboard: what must be true of it. */
  readonly until: Expression | undefined;
  readonly measure: Expression | undefined;
  /** Of an each: its list, and an item's key. */
  readonly items: JsonTemplate | undefined;
  readonly key: Expression | undefined;
  /** Of a node that asks people, or whose agent may. */
  readonly ask: CompiledAsk | undefined;
  readonly before: readonly CompiledGate[];
  readonly gates: readonly CompiledGate[];
  readonly references: readonly Reference[];
}

export interface CompiledWay {
  readonly way: string;
  /** Absent for the way that is taken when no other is. */
  readonly condition: Expression | undefined;
}

/** As many as a loop, or the steps side by side, may well have. */
const mostKept = 128;

/** Compiles a step; calls for the same step object that follow soon are free. */
export const compiledStep = keptWhileRecent(compileStep, mostKept);

function compileStep(step: Step): CompiledStep {
  const when = expressionOf(step.when);
  const work = compileWork(step);
  const before = compileGates(step.before);
  const gates = compileGates(step.gates);
  const { ways, until, measure, items, key } = holderParts(step.action);
  const asks = step.action.kind === "ask" ? step.action : askOfCalls(step);
  const ask = asks && compileAsk(asks);
  const { text, preamble, shell, values, env, servers, postKey } = work;
  // One object with all of its members at once, and no list that is not kept: a workflow may have very many steps.
  const references: Reference[] = [];
  for (const part of [when, text, preamble, shell, values, env, servers, until, measure, items, key, ask])
    addReferences(references, part);
  for (const { condition } of ways) addReferences(references, condition);
  if (step.action.kind === "pipeline") references.push(...referencesOfPipeline(step.action));
  for (const gate of before) addGate(references, gate);
  for (const gate of gates) addGate(references, gate);
  return {
    when,
    text,
    preamble,
    shell,
    values,
    env,
    servers,
    postKey,
    ways,
    until,
    measure,
    items,
    key,
    ask,
    before,
    gates,
    references,
  };
}

type Work = Pick<CompiledStep, "text" | "preamble" | "shell" | "values" | "env" | "servers" | "postKey">;

/** What the request of a step is made of, and what is told of its result. */
function compileWork({ action, env, board }: Step): Work {
  const json = valuesOf(action);
  return {
    text: templateOf(textOf(action)),
    preamble: "preamble" in action ? templateOf(action.preamble) : undefined,
    shell: action.kind === "run" ? compileShellTemplate(action.line) : undefined,
    values: json === undefined ? undefined : compileJsonTemplate(json),
    env: Object.keys(env).length > 0 ? compileJsonTemplate(env) : undefined,
    servers: serversOf(action),
    postKey: templateOf(board?.posts?.key),
  };
}

function serversOf(action: Action): JsonTemplate | undefined {
  const servers = "mcpServers" in action ? action.mcpServers : undefined;
  return servers && compileJsonTemplate(servers);
}

const noGates: readonly CompiledGate[] = [];

function compileGates(gates: readonly Gate[]): readonly CompiledGate[] {
  return gates.length === 0 ? noGates : gates.map(compileGate);
}

type Referring = { readonly references: readonly Reference[] } | undefined;

function addReferences(references: Reference[], part: Referring): void {
  if (part) for (const reference of part.references) references.push(reference);
}

function addGate(references: Reference[], { expression, outside, ask }: CompiledGate): void {
  for (const part of [expression, outside, ask]) addReferences(references, part);
}

type HolderParts = Pick<CompiledStep, "ways" | "until" | "measure" | "items" | "key">;

const noParts: HolderParts = {
  ways: [],
  until: undefined,
  measure: undefined,
  items: undefined,
  key: undefined,
};

/** What a node that holds others decides by. */
function holderParts(action: Action): HolderParts {
  switch (action.kind) {
    case "branch": {
      const ways = action.ways.map(({ name, when }) => ({ way: name, condition: expressionOf(when) }));
      return { ...noParts, ways };
    }
    case "loop":
      return { ...noParts, until: expressionOf(action.until), measure: expressionOf(action.plateau?.of) };
    case "each":
      return { ...noParts, items: compileJsonTemplate(action.items), key: expressionOf(action.key) };
    case "wait":
      return action.for === "board" ? { ...noParts, until: expressionOf(action.until) } : noParts;
    default:
      return noParts;
  }
}

function expressionOf(source: string | undefined): Expression | undefined {
  return source === undefined ? undefined : compileExpression(source);
}

function templateOf(source: string | undefined): Template | undefined {
  return source === undefined ? undefined : compileTemplate(source);
}

function textOf(action: Action): string | undefined {
  if (action.kind === "command") return action.params;
  return action.kind === "agent" ? action.prompt : undefined;
}

function valuesOf(action: Action): Json | undefined {
  switch (action.kind) {
    case "http":
      return {
        url: action.url,
        headers: action.headers,
        ...(action.body === undefined ? {} : { body: action.body }),
      };
    case "function":
    case "mcp":
      return action.args;
    case "workflow":
      return action.with;
    case "command":
      return action.context;
    case "chain":
      return action.call?.with;
    case "value":
      return action.value;
    case "tally":
      return votesOf(action);
    case "wait":
      return action.for === "time" ? { until: action.until } : undefined;
    default:
      return undefined;
  }
}

function votesOf(action: TallyAction): Json {
  if ("of" in action) return { of: action.of, ...action.rulings };
  const { votes, options, barred } = action;
  return {
    votes,
    ...(options === undefined ? {} : { options }),
    ...(barred === undefined ? {} : { barred }),
  };
}
