import { isObject } from "../../expression/json.ts";
import { checkFolder } from "../checks/constants.ts";
import { defined } from "../defined.ts";
import type { Callee, StepDraft, TextUse } from "../drafts.ts";
import { notSupportedInStep } from "../not-supported.ts";
import type { Spot } from "../places.ts";
import type { stepShape } from "../shapes.ts";
import { readCall } from "./call.ts";
import { reportAgentCaps } from "./limits.ts";
import { agentAction, callee, commandAction } from "./agent-step.ts";
import { readAsk } from "./ask.ts";
import { type ActionKind, actionKeys, keysOf, kindOfKey } from "./action-kinds.ts";
import type { BlockReader } from "./blocks.ts";
import { readFlow, readSwitch } from "./flow.ts";
import { readHttp } from "./http.ts";
import type { Loading } from "./loading.ts";
import { readForEach, readGroup, readRepeat } from "./loops.ts";
import { readMcp, withServers } from "./mcp.ts";
import { readPipeline } from "./pipeline.ts";
import type { ReadObject } from "./read-object.ts";
import { readSwarm } from "./swarm.ts";
import { shellUse, templateUsesIn } from "./texts.ts";
import { readTally } from "./tally.ts";
import { readWait } from "./wait.ts";

export type ReadStep = ReadObject<typeof stepShape>;

export interface ReadAction {
  readonly action: StepDraft["action"];
  readonly texts: readonly TextUse[];
  readonly callees: readonly Callee[];
  /** Where a `for_each` names its item. */
  readonly itemSpot?: Spot;
  /** What it says of the step besides. */
  readonly body?: Pick<StepDraft["body"], "limits">;
}

/** What a step does; reports when it does nothing, two things, or has keys that mean nothing for what it does. */
export function readAction(loading: Loading, read: ReadStep, blocks: BlockReader): ReadAction {
  const kind = kindOfStep(loading, read);
  if (!kind) return { action: { kind: "run", line: "" }, texts: [], callees: [] };
  reportMisplacedKeys(loading, read, kind);
  if (!asksAgents(kind)) reportAgentCaps(loading, read.part("limits"), kind);
  return withServers(loading, read, readers[kind](loading, read, blocks));
}

function asksAgents(kind: ActionKind): boolean {
  return kind !== "run" && kind !== "http" && kind !== "function" && kind !== "mcp" && kind !== "value";
}

type Reader = (loading: Loading, read: ReadStep, blocks: BlockReader) => ReadAction;

const readers: Readonly<Record<ActionKind, Reader>> = {
  command: commandAction,
  run: runAction,
  agent: agentAction,
  http: readHttp,
  function: functionAction,
  mcp: readMcp,
  wait: readWait,
  value: valueAction,
  tally: readTally,
  group: readGroup,
  swarm: readSwarm,
  pipeline: readPipeline,
  flow: (loading, read, blocks) => readFlow(loading, read.part("flow") ?? read.whole, blocks),
  switch: (loading, read, blocks) => readSwitch(loading, read.part("switch") ?? read.whole, blocks),
  repeat: readRepeat,
  for_each: readForEach,
  approval: readAsk,
  question: readAsk,
  call: readCall,
  child: readCall,
};

function kindOfStep(loading: Loading, read: ReadStep): ActionKind | undefined {
  const keys = Object.keys(isObject(read.whole.value) ? read.whole.value : {});
  const repeats = read.has("repeat") || read.has("for_each");
  const found = keys.filter((key) => Object.hasOwn(kindOfKey, key) && !(repeats && isBody(key)));
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
  if (first === "workflow" && read.leaves.mode === "child") return "child";
  if (first !== undefined) return kindOfKey[first];
  if (!keys.some((key) => Object.hasOwn(notSupportedInStep, key) || misspelled(loading, read, key))) {
    reportNothing(loading, read);
  }
  return undefined;
}

function isBody(key: string): boolean {
  return key === "steps" || key === "chain";
}

function misspelled({ report }: Loading, read: ReadStep, key: string): boolean {
  return !(key in read.leaves) && report.nearest(key, actionKeys) !== undefined;
}

function reportNothing({ report }: Loading, read: ReadStep): void {
  const halves = { parallel: "steps", agent: "prompt" } as const;
  const half = (["parallel", "agent"] as const).find((key) => read.has(key));
  if (half) {
    const message = `Cannot use the step: it has "${half}" but no "${halves[half]}"`;
    const fix = `add "${halves[half]}:"`;
    return report.add({ code: "MISSING_KEY", message, fix, at: read.spotOf(half), part: "key" });
  }
  report.add({
    code: "MISSING_KEY",
    message: "Cannot use the step: it does not say what to do",
    fix: `give it one of ${actionKeys.join(", ")}`,
    at: read.whole.spot,
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

const partKeys = new Set(
  "retry undo limits output before gates parallel with args mcp flow switch repeat for_each swarm pipeline blackboard board answer otherwise escalate context_window memory permissions".split(
    " ",
  ),
);

function isPart(key: string): boolean {
  return partKeys.has(key);
}

const holding: ReadonlySet<ActionKind> = new Set(["group", "flow", "switch", "repeat", "for_each"]);

function misplacedInHolder(key: string, kind: ActionKind): string {
  if (kind === "repeat" && key === "otherwise") return "write it in `repeat: {otherwise: …}`";
  return key === "parallel"
    ? "take it out"
    : `put "${key}" on the steps inside${kind === "group" ? " the group" : ""}`;
}

const misplacedInSwarm: Readonly<Record<string, string>> = {
  timeout: "write it in the swarm: `execution: {timeout: 30m}`",
  retry: "write it in the swarm: `execution: {retry_strategy: constant_backoff}`, or on its agents",
  output: "write it in the swarm: `swarm: {output: …}`",
  gates: "put it on a step behind the swarm, or on its agents",
};

const misplacedInPipeline: Readonly<Record<string, string>> = {
  workspace: "take it out: a pipeline works in the project's folder",
  timeout: "write `limits: {time: 2h}`, or `timeout:` on its stages",
  steps: "put them into a stage: `stages: [{name: work, steps: […]}]`",
};

/** Steps whose keys stand on their parts. */
const writtenAs: Readonly<
  Partial<Record<ActionKind, { readonly parts: string; readonly fixes: Readonly<Record<string, string>> }>>
> = {
  swarm: { parts: "agents of the swarm", fixes: misplacedInSwarm },
  pipeline: { parts: "stages of the pipeline", fixes: misplacedInPipeline },
};

function misplacedFix(key: string, kind: ActionKind): string {
  if (holding.has(kind)) return misplacedInHolder(key, kind);
  if (key === "timeout" && (kind === "approval" || kind === "question")) return "write `deadline:`";
  const written = writtenAs[kind];
  if (written) return written.fixes[key] ?? `write it on the ${written.parts}, or take it out`;
  if (kind === "wait" && key === "timeout") return "write the time as `wait: {signal: name, deadline: 1h}`";
  return "take it out";
}

function runAction({ report }: Loading, read: ReadStep): ReadAction {
  const { run = "", cwd } = read.leaves;
  if (cwd !== undefined) checkFolder(report, { value: cwd, spot: read.spotOf("cwd") });
  return {
    action: { kind: "run", line: run, ...defined({ cwd }) },
    texts: [shellUse({ value: run, spot: read.spotOf("run") }, "step")],
    callees: [],
  };
}

function valueAction(_loading: Loading, read: ReadStep): ReadAction {
  const value = read.part("value");
  return {
    action: { kind: "value", value: value?.value ?? null },
    texts: value ? templateUsesIn(value, "step") : [],
    callees: [],
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
