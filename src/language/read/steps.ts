import { isObject } from "../../expression/json.ts";
import { checkEnvNames } from "../checks/constants.ts";
import { defined } from "../defined.ts";
import {
  blocksIn,
  type BlockDraft,
  emptyBlock,
  type NameUse,
  type StepDraft,
  type TextUse,
} from "../drafts.ts";
import { mayWriteOf } from "../may-write.ts";
import { below } from "../places.ts";
import { chainShape, stepShape, strategyShape } from "../shapes.ts";
import type { ErrorStrategy } from "../workflow.ts";
import { type ReadStep, readAction } from "./action.ts";
import { readBoardUse } from "./board.ts";
import type { BlockOptions, BlockReader, WrittenBlock } from "./blocks.ts";
import { flowBlock, readConditions } from "./flow.ts";
import { readGates } from "./gates.ts";
import { readJsonSchema } from "./json-schema.ts";
import { itemsOf, type Loading, type Located, shown } from "./loading.ts";
import { readObject, wrongType } from "./read-object.ts";
import { readStepLimits } from "./limits.ts";
import { readRetry } from "./retry.ts";
import { expressionUse, templateUsesIn } from "./texts.ts";
import { readUndo } from "./undo.ts";

/** Reads a chain: an object with `steps`, or the list of steps itself. */
export function readBlock(loading: Loading, at: Located, options: BlockOptions = {}): BlockDraft {
  if (Array.isArray(at.value)) return fillBlock(loading, newBlock(options), { at, options });
  const read = readObject(loading, at, chainShape);
  return read ? readWritten(loading, read, options) : newBlock(options);
}

function readWritten(loading: Loading, read: WrittenBlock, options: BlockOptions): BlockDraft {
  const block = newBlock({
    ...options,
    ...defined({ wherePossible: read.leaves.parallel_where_possible ?? options.wherePossible }),
    ...(read.leaves.gives === undefined
      ? {}
      : { gives: { name: read.leaves.gives, spot: read.spotOf("gives") } }),
    ...readStrategy(loading, read.part("error_strategy")),
  });
  const steps = read.part("steps");
  if (!steps) missingSteps(loading, read.whole);
  return steps ? fillBlock(loading, block, { at: steps, options }) : block;
}

/** What reads the blocks inside a step. */
export function blockReader(loading: Loading): BlockReader {
  return {
    read: (at, options = {}) => readBlock(loading, at, options),
    written: (read, options = {}) => readWritten(loading, read, options),
    single: (at) => {
      const block = newBlock({});
      const step = readStep(loading, at, block);
      if (step) block.steps.push(step);
      return block;
    },
  };
}

interface NewBlock extends BlockOptions, ReadStrategy {}

function newBlock({
  parallel = false,
  wherePossible = parallel,
  strategy,
  fallback,
  gives,
}: NewBlock): BlockDraft {
  return {
    ...emptyBlock(),
    parallelWherePossible: wherePossible,
    ...(parallel ? { parallelAlways: true } : {}),
    errorStrategy: strategy ?? "stop",
    ...defined({ fallback, gives }),
  };
}

interface Filling {
  readonly at: Located;
  readonly options: BlockOptions;
}

function fillBlock(loading: Loading, block: BlockDraft, { at, options }: Filling): BlockDraft {
  if (!Array.isArray(at.value)) wrongType(loading, { at, what: '"steps"', wanted: "a list of steps" });
  else if (at.value.length === 0 && options.mayBeEmpty !== true) missingSteps(loading, at);
  for (const item of itemsOf(at)) {
    const step = readStep(loading, item, block);
    if (step) block.steps.push(step);
  }
  return block;
}

function missingSteps({ report }: Loading, at: Located): void {
  report.add({
    code: "MISSING_KEY",
    message: "Cannot use the chain: it has no steps",
    fix: 'add "steps:" with at least one step',
    at: at.spot,
    part: "key",
  });
}

interface ReadStrategy {
  readonly strategy?: ErrorStrategy;
  readonly fallback?: NameUse;
}

/** Reads `error_strategy:`: stop, continue_on_failure, or an object that names the fallback step. */
function readStrategy(loading: Loading, at: Located | undefined): ReadStrategy {
  if (!at) return {};
  const { value } = at;
  if (value === "stop" || value === "continue_on_failure") return { strategy: value };
  const wanted = "stop, continue_on_failure or {fallback: step}";
  if (typeof value === "string") {
    const guess = loading.report.nearest(value, ["stop", "continue_on_failure"]);
    loading.report.add({
      code: "BAD_VALUE",
      message: `Cannot use "${shown(value)}" as "error_strategy": it must be ${wanted}`,
      fix: guess ? `write "${guess}"` : `write ${wanted}`,
      at: at.spot,
    });
    return {};
  }
  if (!isObject(value)) {
    wrongType(loading, { at, what: '"error_strategy"', wanted });
    return {};
  }
  const read = readObject(loading, at, strategyShape);
  const fallback = read?.leaves.fallback;
  if (!read || fallback === undefined) return {};
  return { strategy: { fallback }, fallback: { name: fallback, spot: read.spotOf("fallback") } };
}

/** Reads one step with all it holds, nested steps too. Undefined when it is no object. */
function readStep(loading: Loading, at: Located, block: BlockDraft): StepDraft | undefined {
  const read = readObject(loading, at, stepShape);
  if (!read) return undefined;
  const { leaves } = read;
  const { action, texts, callees, itemSpot, body } = readAction(loading, read, blockReader(loading));
  const before = readGates(loading, read.part("before"), { when: "before" });
  const gates = readGates(loading, read.part("gates"), { when: "gate" });
  checkEnvNames(loading.report, read.part("env"));
  const when = whenOf(read);
  const { strategy: errorStrategy, fallback } = readStrategy(loading, read.part("error_strategy"));
  const { board, texts: boardTexts } = readBoardUse(loading, read.part("board"));
  const undo = readUndo(loading, read, blockReader(loading));
  const draft: StepDraft = {
    name: leaves.name ?? "",
    named: read.has("name"),
    nameSpot: read.spotOf("name"),
    spot: at.spot,
    index: block.steps.length,
    block,
    action,
    body: {
      ...body,
      ...bodyOf(loading, read, action),
      ...defined({ when: when?.text, errorStrategy, undo: undo.undo, board }),
      before: before.gates,
      gates: gates.gates,
    },
    ...defined({
      fallback,
      itemSpot,
      workspaceSpot: leaves.workspace && read.spotOf("workspace"),
    }),
    ...listsOf(read),
    texts: [
      ...texts,
      ...before.texts,
      ...gates.texts,
      ...(when ? [when] : []),
      ...envTexts(read),
      ...undo.texts,
      ...boardTexts,
    ],
    callees: [...callees, ...before.callees, ...gates.callees, ...undo.callees],
    needs: new Map(),
    needSpots: new Map(),
  };
  for (const inner of blocksIn(draft)) inner.owner = draft;
  return draft;
}

/** A chain that is written as the conditions of a flow. */
export function readFlowBlock(loading: Loading, at: Located): BlockDraft {
  return flowBlock(readConditions(loading, at, blockReader(loading)));
}

function bodyOf(
  loading: Loading,
  read: ReadStep,
  action: StepDraft["action"],
): Omit<StepDraft["body"], "before" | "gates"> {
  const { leaves } = read;
  const output = read.part("output");
  return {
    ...defined({
      timeoutMs: leaves.timeout,
      idleMs: leaves.idle_timeout,
      cacheMs: leaves.cache,
      expectedMs: leaves.expect?.timeMs,
      expectedUsd: leaves.expect?.costUsd,
      expectedTokens: leaves.expect?.tokens,
      limits: readStepLimits(loading, read.part("limits")),
      priority: leaves.priority,
      workspace: leaves.workspace,
      mayWrite: mayWriteOf(leaves.writes, action),
      output: output && readJsonSchema(loading, output, { what: '"output"' }),
    }),
    retry: readRetry(loading, read.part("retry")),
    reads: leaves.reads ?? [],
    writes: leaves.writes ?? [],
    env: leaves.env ?? {},
    onInterrupt: leaves.on_interrupt ?? "rerun",
  };
}

function whenOf(read: ReadStep): TextUse | undefined {
  const when = read.leaves.when;
  return when === undefined ? undefined : expressionUse({ value: when, spot: read.spotOf("when") }, "when");
}

function envTexts(read: ReadStep): readonly TextUse[] {
  const env = read.part("env");
  return env === undefined ? [] : templateUsesIn(env, "private");
}

function listsOf(read: ReadStep): Pick<StepDraft, "dependsOn" | "uses" | "locks" | "reads" | "writes"> {
  return {
    dependsOn: listUses(read, "depends_on"),
    uses: listUses(read, "uses"),
    locks: listUses(read, "locks"),
    reads: listUses(read, "reads"),
    writes: listUses(read, "writes"),
  };
}

function listUses(
  read: ReadStep,
  key: "depends_on" | "uses" | "locks" | "reads" | "writes",
): readonly NameUse[] {
  const spot = read.spotOf(key);
  const written = read.part(key)?.value;
  return (read.leaves[key] ?? []).map((name, index) => ({
    name,
    spot: Array.isArray(written) ? below(spot, written, index) : spot,
  }));
}
