import { isObject } from "../../expression/json.ts";
import type { BlockDraft, NameUse, StepDraft, TextUse } from "../drafts.ts";
import { below } from "../places.ts";
import { chainShape, parallelShape, stepShape, strategyShape } from "../shapes.ts";
import type { ErrorStrategy } from "../workflow.ts";
import { type ReadStep, readAction } from "./action.ts";
import { readGates } from "./gates.ts";
import { readJsonSchema } from "./json-schema.ts";
import { itemsOf, type Loading, type Located, shown } from "./loading.ts";
import { readLeaf, readObject, wrongType } from "./read-object.ts";
import { readRetry } from "./retry.ts";
import { expressionUse, templateUsesIn } from "./texts.ts";

/** What a block belongs to, and where its own strategy was written. */
export interface BlockOptions {
  readonly owner?: StepDraft;
  /** Steps that may run together are asked for by the group's form (`parallel:`). */
  readonly parallel?: boolean;
}

/** Reads a chain: an object with `steps`, or the list of steps itself. */
export function readBlock(
  loading: Loading,
  at: Located,
  { owner, parallel = false }: BlockOptions = {},
): BlockDraft {
  const list = Array.isArray(at.value);
  const read = list ? undefined : readObject(loading, at, chainShape);
  const { strategy = "stop", fallback } = readStrategy(loading, read?.part("error_strategy"));
  const block: BlockDraft = {
    steps: [],
    parallelWherePossible: read?.leaves.parallel_where_possible ?? parallel,
    errorStrategy: strategy,
    ...(fallback ? { fallback } : {}),
    ...(owner ? { owner } : {}),
    byName: new Map(),
  };
  const steps = list ? at : read?.part("steps");
  if (steps) fillBlock(loading, block, steps);
  else if (read) missingSteps(loading, at);
  return block;
}

function fillBlock(loading: Loading, block: BlockDraft, steps: Located): void {
  if (!Array.isArray(steps.value)) {
    return wrongType(loading, { at: steps, what: '"steps"', wanted: "a list of steps" });
  }
  if (steps.value.length === 0) missingSteps(loading, steps);
  for (const item of itemsOf(steps)) {
    const step = readStep(loading, item, block);
    if (step) block.steps.push(step);
  }
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

/** The block of a group step: `chain: {…}`, `steps: […]`, or `steps: […]` with `parallel: {join: all}`. */
function readGroup(loading: Loading, read: ReadStep, owner: StepDraft): BlockDraft {
  const parallel = read.part("parallel");
  if (parallel && parallel.value !== true) readParallel(loading, parallel);
  const together = read.leaves.parallel_where_possible ?? parallel !== undefined;
  const chain = read.part("chain");
  const steps = read.part("steps");
  if (chain) return readBlock(loading, chain, { owner, parallel: together });
  const block: BlockDraft = {
    steps: [],
    parallelWherePossible: together,
    errorStrategy: "stop",
    owner,
    byName: new Map(),
  };
  if (steps) fillBlock(loading, block, steps);
  return block;
}

function readParallel(loading: Loading, at: Located): void {
  if (at.value === "all") return;
  if (typeof at.value === "string") readLeaf(loading, at, { key: "join", schema: parallelShape.leaves.join });
  else readObject(loading, at, parallelShape);
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
  const { action, texts, callees } = readAction(loading, read);
  const before = readGates(loading, read.part("before"), { when: "before" });
  const gates = readGates(loading, read.part("gates"), { when: "gate" });
  const when = whenOf(read);
  const strategy = readStrategy(loading, read.part("error_strategy"));
  const output = read.part("output");
  const schema = output && readJsonSchema(loading, output, { what: '"output"' });
  const { leaves } = read;
  const draft: StepDraft = {
    name: leaves.name ?? "",
    named: read.has("name"),
    nameSpot: read.spotOf("name"),
    spot: at.spot,
    index: block.steps.length,
    block,
    action,
    body: {
      ...optionalBody(read),
      ...(when ? { when: when.text } : {}),
      ...(strategy.strategy === undefined ? {} : { errorStrategy: strategy.strategy }),
      ...(schema ? { output: schema } : {}),
      retry: readRetry(loading, read.part("retry")),
      before: before.gates,
      gates: gates.gates,
      reads: leaves.reads ?? [],
      writes: leaves.writes ?? [],
      env: leaves.env ?? {},
      onInterrupt: leaves.on_interrupt ?? "rerun",
    },
    ...(strategy.fallback ? { fallback: strategy.fallback } : {}),
    dependsOn: listUses(read, "depends_on"),
    uses: listUses(read, "uses"),
    locks: listUses(read, "locks"),
    reads: listUses(read, "reads"),
    writes: listUses(read, "writes"),
    texts: [...texts, ...before.texts, ...gates.texts, ...(when ? [when] : []), ...envTexts(read)],
    callees,
    needs: new Map(),
  };
  if (draft.action.kind === "chain") draft.action.block = readGroup(loading, read, draft);
  return draft;
}

function whenOf(read: ReadStep): TextUse | undefined {
  const when = read.leaves.when;
  return when === undefined ? undefined : expressionUse({ value: when, spot: read.spotOf("when") }, "when");
}

function envTexts(read: ReadStep): readonly TextUse[] {
  const env = read.part("env");
  return env === undefined ? [] : templateUsesIn(env, "private");
}

function optionalBody({ leaves }: ReadStep) {
  return {
    ...(leaves.timeout === undefined ? {} : { timeoutMs: leaves.timeout }),
    ...(leaves.idle_timeout === undefined ? {} : { idleMs: leaves.idle_timeout }),
    ...(leaves.cache === undefined ? {} : { cacheMs: leaves.cache }),
    ...(leaves.expect === undefined ? {} : { expectedMs: leaves.expect }),
    ...(leaves.priority === undefined ? {} : { priority: leaves.priority }),
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
