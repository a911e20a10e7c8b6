import { isObject, type JsonObject } from "../../expression/json.ts";
import { checkEnvNames, checkFolder } from "../checks/constants.ts";
import { baseName, identifier } from "../checks/names.ts";
import { defined } from "../defined.ts";
import { Builder, membersOf, type Target } from "../dialects/builder.ts";
import { batchNames, type Callee, type StageWorkDraft, type TextUse } from "../drafts.ts";
import { below } from "../places.ts";
import { notOfStages, ofStages, stageKeys } from "../stage-shape.ts";
import { actionKeys } from "./action-kinds.ts";
import type { BlockReader } from "./blocks.ts";
import type { Loading, Located } from "./loading.ts";
import { readReduce } from "./pipeline-reduce.ts";
import type { ReadStageObject } from "./pipeline-stage.ts";
import { shellUse, templateUsesIn } from "./texts.ts";

/** What a stage does itself, or `steps`: what its own steps do, each batch in a run of its own. */
export type StageKind = "none" | "value" | "run" | "function" | "reduce" | "steps";

export interface ReadStageWork {
  readonly work: StageWorkDraft;
  readonly texts: readonly TextUse[];
  readonly callees: readonly Callee[];
  readonly usualName: string;
}

const ownKinds = ["value", "run", "function", "reduce"] as const;

const doing: ReadonlySet<string> = new Set([...ownKinds, ...actionKeys.filter((key) => key !== "pipeline")]);

/** What the stage does; reports when it does two things, and keys that say nothing of it. */
export function stageKind({ report }: Loading, read: ReadStageObject): StageKind {
  const found = Object.keys(isObject(read.whole.value) ? read.whole.value : {}).filter((key) =>
    doing.has(key),
  );
  const [first] = found;
  const own = ownKinds.find((kind) => kind === first) ?? ownKinds.find((kind) => found.includes(kind));
  const kind = own ?? (first === undefined ? "none" : "steps");
  const second = own && found.find((key) => key !== own);
  if (second !== undefined) {
    report.add({
      code: "BAD_VALUE",
      message: `Cannot use "${second}" here: the stage already has "${own}", and a stage does one thing`,
      fix: "write two stages",
      at: read.spotOf(second),
      part: "key",
    });
  }
  reportMisplaced({ report }, read, { kind, skip: second });
  return kind;
}

const everywhere = "name description from when batch_size batch_wait rate_limit";
const ofBatches = `${everywhere} key order parallelism`;
const ofWork = `${ofBatches} timeout retry on_failure into`;
const keysOf: Readonly<Record<Exclude<StageKind, "steps">, ReadonlySet<string>>> = {
  none: words(ofBatches),
  value: words(`${ofBatches} value`),
  run: words(`${ofWork} run cwd env`),
  function: words(`${ofWork} function with args`),
  reduce: words(`${everywhere} reduce`),
};

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(" "));
}

interface Misplacing {
  readonly kind: StageKind;
  readonly skip: string | undefined;
}

function reportMisplaced(
  { report }: Pick<Loading, "report">,
  read: ReadStageObject,
  { kind, skip }: Misplacing,
): void {
  const keys = isObject(read.whole.value) ? Object.keys(read.whole.value) : [];
  for (const key of keys) {
    if (key === skip || !stageKeys.has(key) || isAllowed(key, kind)) continue;
    report.add({
      code: "UNKNOWN_KEY",
      ...(isNotOfStages(key)
        ? { message: `Cannot use "${key}" here: a stage has no such key`, fix: notOfStages[key] }
        : {
            message: `Cannot use "${key}" here: it means nothing on a stage of this kind (${kind === "none" ? "when" : kind})`,
            fix: misplacedFix(key, kind),
          }),
      at: read.spotOf(key),
      part: "key",
    });
  }
}

function isNotOfStages(key: string): key is keyof typeof notOfStages {
  return Object.hasOwn(notOfStages, key);
}

function isAllowed(key: string, kind: StageKind): boolean {
  return kind === "steps" ? !Object.hasOwn(notOfStages, key) : keysOf[kind].has(key);
}

const ofSteps = new Set("output gates before limits cache expect memory context_window".split(" "));

function misplacedFix(key: string, kind: StageKind): string {
  if (kind === "reduce" && key === "key") return "group with `reduce: {by: …}`";
  if (kind === "reduce" && key === "parallelism")
    return "take it out: what is gathered is one batch at a time";
  if ((kind === "run" || kind === "function") && ofSteps.has(key))
    return `put it on a step: \`steps: [{${kind}: …, ${key}: …}]\``;
  return "take it out";
}

interface WorkOptions {
  readonly kind: Exclude<StageKind, "none">;
  readonly blocks: BlockReader;
}

/** Reads what the stage does with its batches. */
export function readWork(
  loading: Loading,
  read: ReadStageObject,
  { kind, blocks }: WorkOptions,
): ReadStageWork | undefined {
  switch (kind) {
    case "value":
      return valueWork(read);
    case "run":
      return runWork(loading, read);
    case "function":
      return functionWork(loading, read);
    case "reduce":
      return reduceWork(loading, read);
    case "steps":
      return stepsWork(loading, read, blocks);
  }
}

function withBatch(uses: readonly TextUse[]): readonly TextUse[] {
  return uses.map((use) => ({ ...use, names: batchNames }));
}

function valueWork(read: ReadStageObject): ReadStageWork {
  const at = read.part("value");
  return {
    work: { kind: "value", value: at?.value ?? null },
    texts: at ? withBatch(templateUsesIn(at, "step")) : [],
    callees: [],
    usualName: "value",
  };
}

function runWork({ report }: Loading, read: ReadStageObject): ReadStageWork {
  const { run: line = "", cwd, env = {}, into } = read.leaves;
  if (cwd !== undefined) checkFolder(report, { value: cwd, spot: read.spotOf("cwd") });
  const given = read.part("env");
  checkEnvNames(report, given);
  return {
    work: { kind: "run", line, env, ...defined({ cwd, into }) },
    texts: withBatch([
      shellUse({ value: line, spot: read.spotOf("run") }, "step"),
      ...(given ? templateUsesIn(given, "private") : []),
    ]),
    callees: [],
    usualName: "shell",
  };
}

function functionWork({ report }: Loading, read: ReadStageObject): ReadStageWork {
  const { function: name = "", into } = read.leaves;
  const given = argumentsOf({ report }, read);
  return {
    work: { kind: "function", function: name, args: given.args, ...defined({ into }) },
    texts: given.at ? withBatch(templateUsesIn(given.at, "step")) : [],
    callees: name === "" ? [] : [{ kind: "function", name, spot: read.spotOf("function") }],
    usualName: identifier(name) || "function",
  };
}

interface Arguments {
  readonly args: JsonObject;
  readonly at?: Located;
}

function argumentsOf({ report }: Pick<Loading, "report">, read: ReadStageObject): Arguments {
  const [given, second] = [read.part("with"), read.part("args")].filter((part) => part !== undefined);
  if (second) {
    const message = 'Cannot use "args" here: the stage already has "with", which means the same';
    report.add({ code: "BAD_VALUE", message, fix: "keep one of the two", at: second.spot, part: "key" });
  }
  if (!given) return { args: {} };
  if (!isObject(given.value)) {
    reportArgs({ report }, given);
    return { args: {} };
  }
  if (Object.hasOwn(given.value, "batch")) reportBatch({ report }, below(given.spot, given.value, "batch"));
  return { args: given.value, at: given };
}

function reportArgs({ report }: Pick<Loading, "report">, { spot }: Located): void {
  report.add({
    code: "WRONG_TYPE",
    message: "Cannot call the function with this: its records are added to an object, and this is none",
    fix: "write an object of keys and values",
    at: spot,
  });
}

function reportBatch({ report }: Pick<Loading, "report">, at: Located["spot"]): void {
  report.add({
    code: "BAD_VALUE",
    message: 'Cannot give the function a "batch": that is the name of the records it gets',
    fix: "choose another name",
    at,
    part: "key",
  });
}

function reduceWork(loading: Loading, read: ReadStageObject): ReadStageWork | undefined {
  const at = read.part("reduce");
  const done = at && readReduce(loading, at);
  return done && { ...done, callees: [], usualName: "reduce" };
}

/** Keys of the stage itself; all others are those of its step. */
const ofStage = new Set(Object.keys(ofStages).filter((key) => key !== "name" && key !== "description"));

/** The step that a stage is, with all the keys of a step, and what it gives. */
function stepsWork(loading: Loading, read: ReadStageObject, blocks: BlockReader): ReadStageWork {
  const step: Target = {};
  const builder = new Builder(loading);
  for (const { key, at } of membersOf(read.whole)) {
    // what nobody knows has been told
    if (stageKeys.has(key) && !ofStage.has(key) && !Object.hasOwn(notOfStages, key))
      builder.put(step, key, { from: at });
  }
  const block = blocks.single({ value: step, spot: read.whole.spot });
  const [first] = block.steps;
  const { into } = read.leaves;
  return {
    work: { kind: "workflow", block, ...defined({ into }) },
    texts: [],
    callees: [],
    usualName: first ? baseName(first) : "steps",
  };
}
