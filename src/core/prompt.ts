import { isObject, type Json, type JsonObject } from "../expression/json.ts";
import { textOf } from "../expression/template.ts";
import type { AgentAction, CommandAction, ContextWindow } from "../language/workflow.ts";
import { compiledStep } from "./compiled.ts";
import type { ContextFile, ContextRecord, ContextSummary } from "./context-record.ts";
import { fitContext } from "./policies/context.ts";
import { wantedAgent } from "./policies/failover.ts";
import { scopeOf } from "./scope.ts";
import type { NodeState } from "./node.ts";
import type { RunState } from "./state.ts";

/** What an agent is asked, with every value filled in. */
export interface Prompt {
  /** Its prompt, or the arguments of its command. */
  readonly text: string;
  readonly preamble?: string;
  readonly context?: JsonObject;
  readonly files?: readonly ContextFile[];
  readonly summaries?: readonly ContextSummary[];
  /** How many values went into it, and its text with the short ones only. */
  readonly values: number;
  readonly asked: string;
  /** What became of them, where the workflow says what goes in. */
  readonly record?: ContextRecord;
}

/** Throws EXPRESSION_FAILED when a template has no value. */
export function promptOf(state: RunState, node: NodeState, action: AgentAction | CommandAction): Prompt {
  const { text, values, preamble } = compiledStep(node.plan.step);
  const scope = scopeOf(state, node);
  const expressions = [...(text?.expressions ?? []), ...(values?.expressions ?? [])];
  const parts = expressions.map(({ source, references, evaluate }) => {
    return { source, references, value: evaluate(scope) };
  });
  const count = text?.expressions.length ?? 0;
  const put = (all: readonly Json[]): Pick<Prompt, "text" | "context"> => ({
    text: text?.fillText(all.slice(0, count)) ?? "",
    ...contextPart(values?.fill(all.slice(count))),
  });
  const all = parts.map(({ value }) => value);
  const told = preamble?.renderText(scope);
  const shared = {
    ...(told === undefined ? {} : { preamble: told }),
    values: all.length,
    asked: text?.fillText(all.slice(0, count).map(saidOf)) ?? "",
  };
  const window = windowOf(state, action);
  if (!window) return { ...put(all), ...shared };
  const { text: fixedText, context: fixedContext } = put(parts.map(() => ""));
  const fixed = [told ?? "", fixedText, fixedContext ? JSON.stringify(fixedContext) : ""].join("");
  const { values: fitting, record, files, summaries } = fitContext(parts, { window, fixed });
  const by = summaries.length > 0 ? summarizer(state, node, window) : undefined;
  return {
    ...put(fitting),
    ...shared,
    record,
    ...(files.length > 0 ? { files } : {}),
    ...(by ? { summaries: summaries.map((one) => ({ ...one, ...by })) } : {}),
  };
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
function windowOf(
  { workflow }: RunState,
  { contextWindow: own }: AgentAction | CommandAction,
): ContextWindow | undefined {
  const { contextWindow: usual } = workflow;
  return usual && own ? { ...usual, ...own } : (own ?? usual);
}

/** The agent that was named for the run does this, too: whoever names the mock wants to pay nothing. */
function summarizer(
  state: RunState,
  node: NodeState,
  { summarize }: ContextWindow,
): Pick<ContextSummary, "agent" | "model"> {
  const { action } = node.plan.step;
  const own = action.kind === "command" || action.kind === "agent" ? action : {};
  const { overrides } = state;
  const usual = { ...wantedAgent(state, own), ...(node.agent === undefined ? {} : { agent: node.agent }) };
  const named = overrides.agent ?? summarize?.agent;
  const model = summarize?.model ?? (named === undefined || named === usual.agent ? usual.model : undefined);
  return { agent: named ?? usual.agent, ...(model === undefined ? {} : { model }) };
}
