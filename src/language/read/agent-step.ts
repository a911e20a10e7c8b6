import { defined } from "../defined.ts";
import type { Callee, TextUse } from "../drafts.ts";
import type { AgentGrants } from "../workflow.ts";
import type { ReadAction, ReadStep } from "./action.ts";
import type { Loading } from "./loading.ts";
import { readPermissions } from "./permissions.ts";
import { readPromptKeys } from "./prompt-keys.ts";
import { templateUse, templateUsesIn, type WrittenText } from "./texts.ts";

/** A slash command on an agent. */
export function commandAction(loading: Loading, read: ReadStep): ReadAction {
  const {
    command = "",
    agent,
    fallback_agents: fallbackAgents,
    model,
    effort,
    context,
    preamble,
  } = read.leaves;
  const params = paramsOf(loading, read);
  const contextAt = read.part("context");
  const keys = readPromptKeys(loading, read, [params.value, context ?? {}]);
  const asked = readPermissions(loading, read.part("permissions"));
  return {
    action: {
      kind: "command",
      command,
      params: params.value,
      ...defined({ agent, fallbackAgents, model, effort, context, preamble }),
      ...grantsOf(read),
      ...defined({ permissions: asked.permissions }),
      ...keys.action,
    },
    texts: [
      templateUse(params, "step"),
      ...(contextAt ? templateUsesIn(contextAt, "step") : []),
      ...preambleUse(read),
      ...asked.texts,
    ],
    callees: [...callee(read, "command"), ...agentCallees(read), ...keys.callees],
  };
}

/** The arguments of a command: `params`, or `args` as another word for it. */
function paramsOf({ report }: Loading, read: ReadStep): WrittenText {
  const args = read.part("args");
  if (!args) return { value: read.leaves.params ?? "", spot: read.spotOf("params") };
  const twice = read.has("params");
  if (twice || typeof args.value === "object") {
    const why = twice ? 'the step already has "params"' : "the arguments of a command are one text";
    const message = `Cannot use "args" here: ${why}`;
    report.add({
      code: "BAD_VALUE",
      message,
      fix: 'write "params" with one text',
      at: args.spot,
      part: "key",
    });
  }
  return { value: typeof args.value === "object" ? "" : String(args.value), spot: args.spot };
}

/** A prompt to an agent. */
export function agentAction(loading: Loading, read: ReadStep): ReadAction {
  const { prompt = "", agent, fallback_agents: fallbackAgents, model, effort, tools, preamble } = read.leaves;
  const keys = readPromptKeys(loading, read, [prompt]);
  const asked = readPermissions(loading, read.part("permissions"));
  return {
    action: {
      kind: "agent",
      prompt,
      ...defined({ agent, fallbackAgents, model, effort, tools, preamble }),
      ...grantsOf(read),
      ...defined({ permissions: asked.permissions }),
      ...keys.action,
    },
    texts: [
      templateUse({ value: prompt, spot: read.spotOf("prompt") }, "step"),
      ...preambleUse(read),
      ...asked.texts,
    ],
    callees: [...agentCallees(read), ...keys.callees],
  };
}

function grantsOf({ leaves: { skills, subagents } }: ReadStep): AgentGrants {
  return defined({ skills, subagents });
}

function preambleUse(read: ReadStep): readonly TextUse[] {
  const { preamble } = read.leaves;
  return preamble === undefined
    ? []
    : [templateUse({ value: preamble, spot: read.spotOf("preamble") }, "step")];
}

/** Whoever this key of the step names. */
export function callee(read: ReadStep, kind: Callee["kind"]): readonly Callee[] {
  const name = read.leaves[kind];
  return name === undefined ? [] : [{ kind, name, spot: read.spotOf(kind) }];
}

function agentCallees(read: ReadStep): readonly Callee[] {
  const spot = read.spotOf("fallback_agents");
  const backups = (read.leaves.fallback_agents ?? []).map((name): Callee => ({ kind: "agent", name, spot }));
  return [...callee(read, "agent"), ...backups];
}
