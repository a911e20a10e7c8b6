import { isObject, type JsonObject } from "../../expression/json.ts";
import type { Callee, GroupDraft, StepDraft, TextUse } from "../drafts.ts";
import { notSupportedInStep } from "../not-supported.ts";
import type { stepShape } from "../shapes.ts";
import type { Loading } from "./loading.ts";
import { readHttp } from "./http.ts";
import type { ReadObject } from "./read-object.ts";
import { shellUse, templateUse, templateUsesIn } from "./texts.ts";
import { readWait } from "./wait.ts";

export type ReadStep = ReadObject<typeof stepShape>;

export interface ReadAction {
  readonly action: StepDraft["action"];
  readonly texts: readonly TextUse[];
  readonly callees: readonly Callee[];
}

export type ActionKind = "command" | "run" | "http" | "function" | "wait" | "group" | "agent";

/** The keys that say what a step does. `agent` beside `command` only says who does it. */
const kindOfKey: Readonly<Record<string, ActionKind>> = {
  command: "command",
  run: "run",
  http: "http",
  function: "function",
  wait: "wait",
  chain: "group",
  steps: "group",
  prompt: "agent",
};
const actionKeys = [...Object.keys(kindOfKey), "agent"];

const everywhere = ["name", "description", "depends_on", "when", "error_strategy"];
const ofWork = [
  ...["timeout", "retry", "output", "before", "gates", "reads", "writes", "uses", "locks"],
  ...["on_interrupt", "cache", "expect", "priority"],
];
const ofProgram = [...ofWork, "env", "idle_timeout"];
/** Which keys mean something for which kind of step. */
const keysOf: Readonly<Record<ActionKind, ReadonlySet<string>>> = {
  command: new Set([...everywhere, ...ofProgram, "command", "params", "args", "agent", "model", "context"]),
  run: new Set([...everywhere, ...ofProgram, "run", "cwd"]),
  agent: new Set([...everywhere, ...ofProgram, "agent", "prompt", "model", "tools"]),
  http: new Set([...everywhere, ...ofWork, "http"]),
  function: new Set([...everywhere, ...ofWork, "env", "function", "with", "args"]),
  wait: new Set([...everywhere, "wait"]),
  group: new Set([...everywhere, "reads", "writes", "chain", "steps", "parallel", "parallel_where_possible"]),
};

/** What a step does; reports when it does nothing, two things, or has keys that mean nothing for what it does. */
export function readAction(loading: Loading, read: ReadStep): ReadAction {
  const kind = kindOfStep(loading, read);
  if (!kind) return { action: { kind: "run", line: "" }, texts: [], callees: [] };
  reportMisplacedKeys(loading, read, kind);
  switch (kind) {
    case "command":
      return commandAction(loading, read);
    case "run":
      return runAction(read);
    case "agent":
      return agentAction(read);
    case "http":
      return readHttp(loading, read);
    case "function":
      return functionAction(loading, read);
    case "wait":
      return readWait(loading, read);
    case "group":
      return { action: emptyGroup(), texts: [], callees: [] };
  }
}

function emptyGroup(): GroupDraft {
  const block = {
    steps: [],
    parallelWherePossible: false,
    errorStrategy: "stop",
    byName: new Map(),
  } as const;
  return { kind: "chain", block: { ...block, steps: [] } };
}

function kindOfStep(loading: Loading, read: ReadStep): ActionKind | undefined {
  const keys = Object.keys(isObject(read.whole.value) ? read.whole.value : {});
  const found = keys.filter((key) => Object.hasOwn(kindOfKey, key));
  const [first, second] = found;
  if (first !== undefined && second !== undefined) {
    const message = `Cannot use "${second}" here: the step already has "${first}", and a step does one thing`;
    loading.report.add({
      code: "BAD_VALUE",
      message,
      fix: "write two steps",
      at: read.spotOf(second),
      part: "key",
    });
  }
  if (first !== undefined) return kindOfKey[first];
  if (!keys.some((key) => Object.hasOwn(notSupportedInStep, key) || misspelled(loading, read, key))) {
    reportNothing(loading, read);
  }
  return undefined;
}

function misspelled({ report }: Loading, read: ReadStep, key: string): boolean {
  return !(key in read.leaves) && report.nearest(key, actionKeys) !== undefined;
}

function reportNothing({ report }: Loading, read: ReadStep): void {
  const group = read.has("parallel");
  const agent = read.has("agent");
  const missing = group ? "steps" : agent ? "prompt" : undefined;
  const key = group ? "parallel" : "agent";
  report.add({
    code: "MISSING_KEY",
    message: missing
      ? `Cannot use the step: it has "${key}" but no "${missing}"`
      : "Cannot use the step: it does not say what to do",
    fix: missing ? `add "${missing}:"` : `give it one of ${actionKeys.join(", ")}`,
    at: missing ? read.spotOf(key) : read.whole.spot,
    ...(missing ? { part: "key" } : {}),
  });
}

function reportMisplacedKeys({ report }: Loading, read: ReadStep, kind: ActionKind): void {
  const allowed = keysOf[kind];
  for (const key of Object.keys(isObject(read.whole.value) ? read.whole.value : {})) {
    const known = key in read.leaves || isPart(key);
    if (!known || allowed.has(key) || Object.hasOwn(kindOfKey, key)) continue;
    report.add({
      code: "UNKNOWN_KEY",
      message: `Cannot use "${key}" here: it means nothing on a step of this kind (${kind})`,
      fix: misplacedFix(key, kind),
      at: read.spotOf(key),
      part: "key",
    });
  }
}

const partKeys = new Set(["retry", "output", "before", "gates", "parallel", "with", "args"]);

function isPart(key: string): boolean {
  return partKeys.has(key);
}

function misplacedFix(key: string, kind: ActionKind): string {
  if (kind === "group") return `put "${key}" on the steps inside the group`;
  if (kind === "wait" && key === "timeout") return "write the time as `wait: {signal: name, deadline: 1h}`";
  return "take it out";
}

function commandAction({ report }: Loading, read: ReadStep): ReadAction {
  const { command = "", params, agent, model, context } = read.leaves;
  const args = read.part("args");
  const text = params ?? (typeof args?.value === "object" ? undefined : args?.value);
  if (args && (params !== undefined || typeof args.value === "object")) {
    const message = `Cannot use "args" here: ${params === undefined ? "the arguments of a command are one text" : 'the step already has "params"'}`;
    report.add({
      code: "BAD_VALUE",
      message,
      fix: 'write "params" with one text',
      at: args.spot,
      part: "key",
    });
  }
  const line = text === undefined ? "" : String(text);
  const contextAt = read.part("context");
  const paramsSpot = read.has("params") ? read.spotOf("params") : read.spotOf("args");
  return {
    action: {
      kind: "command",
      command,
      params: line,
      ...(agent === undefined ? {} : { agent }),
      ...(model === undefined ? {} : { model }),
      ...(context === undefined ? {} : { context: context as JsonObject }),
    },
    texts: [
      templateUse({ value: line, spot: paramsSpot }, "step"),
      ...(contextAt ? templateUsesIn(contextAt, "step") : []),
    ],
    callees: [...callee(read, "command"), ...callee(read, "agent")],
  };
}

function runAction(read: ReadStep): ReadAction {
  const { run = "", cwd } = read.leaves;
  return {
    action: { kind: "run", line: run, ...(cwd === undefined ? {} : { cwd }) },
    texts: [shellUse({ value: run, spot: read.spotOf("run") }, "step")],
    callees: [],
  };
}

function agentAction(read: ReadStep): ReadAction {
  const { prompt = "", agent, model, tools } = read.leaves;
  return {
    action: {
      kind: "agent",
      prompt,
      ...(agent === undefined ? {} : { agent }),
      ...(model === undefined ? {} : { model }),
      ...(tools === undefined ? {} : { tools }),
    },
    texts: [templateUse({ value: prompt, spot: read.spotOf("prompt") }, "step")],
    callees: callee(read, "agent"),
  };
}

function functionAction({ report }: Loading, read: ReadStep): ReadAction {
  const given = read.part("with") ?? read.part("args");
  const second = read.part("with") && read.part("args");
  if (second) {
    const message = 'Cannot use "args" here: the step already has "with", which means the same';
    report.add({ code: "BAD_VALUE", message, fix: "keep one of the two", at: second.spot, part: "key" });
  }
  return {
    action: { kind: "function", function: read.leaves.function ?? "", args: given?.value ?? {} },
    texts: given ? templateUsesIn(given, "step") : [],
    callees: callee(read, "function"),
  };
}

function callee(read: ReadStep, kind: Callee["kind"]): readonly Callee[] {
  const name = read.leaves[kind];
  return name === undefined ? [] : [{ kind, name, spot: read.spotOf(kind) }];
}
