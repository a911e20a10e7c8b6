import { isObject, type Json, type JsonObject } from "../expression/json.ts";
import type { Expression } from "../expression/expression.ts";
import { textOf } from "../expression/template.ts";
import type { AgentAction, CommandAction, ContextWindow } from "../language/workflow.ts";
import { compiledStep } from "./compiled.ts";
import type { ContextFile, ContextRecord, ContextSummary } from "./context-record.ts";
import { fitContext } from "./policies/context.ts";
import { agentsOf, wantedAgent } from "./policies/failover.ts";
import { scopeOf } from "./scope.ts";
import type { NodeState } from "./node.ts";
import type { RunState } from "./state.ts";

/** What an agent is asked, with every value filled in. */
export interface Prompt {
  /** Its prompt, or the arguments of its command. */
  readonly text: string;
  readonly context?: JsonObject;
  /** What comes with it. */
  readonly beside: Beside;
  /** How many values went into it, and its text with the short ones only, which nobody may want to know. */
  readonly values: number;
  readonly asked: () => string;
  /** What became of them, where the workflow says what goes in. */
  readonly record?: ContextRecord;
}

interface Beside {
  readonly preamble?: string;
  readonly files?: readonly ContextFile[];
  readonly summaries?: readonly ContextSummary[];
}

/** Throws EXPRESSION_FAILED when a template has no value. */
export function promptOf(state: RunState, node: NodeState, action: AgentAction | CommandAction): Prompt {
  const { preamble } = compiledStep(node.plan.step);
  const scope = scopeOf(state, node);
  const templates = templatesOf(node);
  const parts = templates.expressions.map((one) => {
    return { source: one.source, references: one.references, value: one.evaluate(scope) };
  });
  const all = parts.map(({ value }) => value);
  const told = preamble?.renderText(scope);
  const beside = told === undefined ? {} : { preamble: told };
  const shared = {
    beside,
    values: all.length,
    asked: () => templates.put(all.map(saidOf)).text,
  };
  const window = windowOf(state, action);
  if (!window) return { ...templates.put(all), ...shared };
  const fixed = (told ?? "") + fixedText(templates.put(all.map(() => "")));
  const { values, record, files, summaries } = fitContext(parts, { window, fixed });
  const by = summaries.length > 0 ? summarizer(state, node, window) : undefined;
  return {
    ...templates.put(values),
    ...shared,
    record,
    beside: {
      ...beside,
      ...(files.length > 0 ? { files } : {}),
      ...(by ? { summaries: summaries.map((one) => ({ ...one, ...by })) } : {}),
    },
  };
}

interface Templates {
  readonly expressions: readonly Expression[];
  /** The text, and the context of a command, with these in the places of the expressions. */
  readonly put: (values: readonly Json[]) => Pick<Prompt, "text" | "context">;
}

function templatesOf({ plan }: NodeState): Templates {
  const { text, values } = compiledStep(plan.step);
  const { expressions: ofText = [] } = text ?? {};
  return {
    expressions: [...ofText, ...(values?.expressions ?? [])],
    put: (all) => ({
      text: text?.renderTextWith(all.slice(0, ofText.length)) ?? "",
      ...contextPart(values?.renderWith(all.slice(ofText.length))),
    }),
  };
}

function fixedText({ text, context }: Pick<Prompt, "text" | "context">): string {
  return text + (context ? JSON.stringify(context) : "");
}

/** What is longer is data, and not what is asked. */
const longestSaid = 500;

function saidOf(value: Json): Json {
  return textOf(value).length <= longestSaid ? value : "";
}

function contextPart(value: Json | undefined): Pick<Prompt, "context"> {
  return isObject(value) ? { context: value } : {};
}

/** What the step says goes before what its workflow says, key by key. */
function windowOf(state: RunState, action: AgentAction | CommandAction): ContextWindow | undefined {
  const { contextWindow: usual } = state.workflow;
  const { contextWindow: own } = action;
  const window = usual && own ? { ...usual, ...own } : (own ?? usual);
  if (!window?.references || readsFiles(state, action)) return window;
  const { references: _, ...rest } = window;
  return rest;
}

/** Also the backups have to: they are asked the same. */
function readsFiles(state: RunState, action: AgentAction | CommandAction): boolean {
  const { fileless = [] } = state.workflow;
  return action.readsFiles !== false && !agentsOf(state, action).some((name) => fileless.includes(name));
}

/** The agent that was named for the run does this, too: whoever names the mock wants to pay nothing. */
function summarizer(
  state: RunState,
  node: NodeState,
  { summarize = { overTokens: 0 } }: ContextWindow,
): Pick<ContextSummary, "agent" | "model"> {
  const usual = usualAgent(state, node);
  const agent = state.overrides.agent ?? summarize.agent ?? usual.agent;
  const model = summarize.model ?? (agent === usual.agent ? usual.model : undefined);
  return { agent, ...(model === undefined ? {} : { model }) };
}

/** The agent that does the step; a backup has no model of the step's. */
function usualAgent(state: RunState, node: NodeState): Pick<ContextSummary, "agent" | "model"> {
  if (node.agent !== undefined) return { agent: node.agent };
  const { action } = node.plan.step;
  return wantedAgent(state, action.kind === "command" || action.kind === "agent" ? action : {});
}
