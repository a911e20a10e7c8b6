import { maxExpressionLength } from "../../expression/expression.ts";
import type { Json } from "../../expression/json.ts";
import { forEachShape, joinShape, parallelShape, plateauShape, repeatShape } from "../container-shapes.ts";
import { defined } from "../defined.ts";
import { type BlockDraft, type ContainerDraft, emptyBlock, type NameUse, type TextUse } from "../drafts.ts";
import { join as joinLeaf } from "../leaves.ts";
import type { LoopAction } from "../workflow.ts";
import type { ReadAction, ReadStep } from "./action.ts";
import type { BlockReader } from "./blocks.ts";
import { readBlackboard } from "./board.ts";
import { type Loading, type Located, shown } from "./loading.ts";
import { missingKey, type ReadObject, readLeaf, readObject, wrongType } from "./read-object.ts";
import { expressionUse } from "./texts.ts";

/** Rounds of a loop that says when it is done but not how often it may go round. */
const defaultMax = 10;

/** Reads `steps` or `chain` of a step that holds one block. */
function readBody(loading: Loading, read: ReadStep, blocks: BlockReader): BlockDraft {
  const { parallel_where_possible: wherePossible } = read.leaves;
  const options = { ...defined({ wherePossible }), ...givesOf(read) };
  const body = read.part("chain") ?? read.part("steps");
  if (body) return blocks.read(body, options);
  loading.report.add({
    code: "MISSING_KEY",
    message: 'Cannot use the step: it has no "steps" to go through',
    fix: 'add "steps:" beside it',
    at: read.whole.spot,
  });
  return emptyBlock();
}

function givesOf(read: ReadStep): Pick<BlockDraft, "gives"> {
  const { gives: name } = read.leaves;
  return name === undefined ? {} : { gives: { name, spot: read.spotOf("gives") } };
}

/** Reads a group: `chain: {…}`, `steps: […]`, or `steps: […]` with `parallel:`. */
export function readGroup(loading: Loading, read: ReadStep, blocks: BlockReader): ReadAction {
  const together = read.part("parallel");
  const join = together && readParallel(loading, together);
  const parallel = read.leaves.parallel_where_possible ?? together !== undefined;
  const body = read.part("chain") ?? read.part("steps");
  const block = body ? blocks.read(body, { parallel, ...givesOf(read) }) : emptyBlock();
  if (together && typeof join === "object") checkQuorum(loading, together, { quorum: join.quorum, block });
  const rules = read.part("blackboard");
  const board = rules && readBlackboard(loading, rules);
  return { action: { kind: "chain", block, ...defined({ join, board }) }, texts: [], callees: [] };
}

type Join = Extract<ContainerDraft, { readonly kind: "chain" }>["join"];

/** Reads `parallel: true`, `parallel: any`, or `parallel: {join: …}`. Undefined: all of the steps. */
function readParallel(loading: Loading, at: Located): Join {
  if (at.value === true) return undefined;
  if (typeof at.value === "string") return readJoin(loading, at);
  const join = readObject(loading, at, parallelShape)?.part("join");
  return join && readJoin(loading, join);
}

function readJoin(loading: Loading, at: Located): Join {
  if (typeof at.value !== "object" || at.value === null || Array.isArray(at.value)) {
    return readLeaf(loading, at, { key: "join", schema: joinLeaf }) === "any" ? "any" : undefined;
  }
  const read = readObject(loading, at, joinShape);
  const quorum = read?.leaves.quorum;
  if (read && !read.has("quorum")) {
    missingKey(loading, at, { what: "`join`", key: "quorum" });
  }
  return quorum === undefined ? undefined : { quorum };
}

function checkQuorum(
  { report }: Loading,
  at: Located,
  { quorum, block }: { readonly quorum: number; readonly block: BlockDraft },
): void {
  const fallbacks = new Set(
    [block.fallback, ...block.steps.map((step) => step.fallback)].flatMap((use) => use?.name ?? []),
  );
  const count = block.steps.filter(({ name }) => !fallbacks.has(name)).length;
  if (quorum <= count) return;
  report.add({
    code: "BAD_VALUE",
    message: `Cannot wait for ${quorum} steps: the group has only ${count}`,
    fix: `write a quorum of at most ${count}, or join: all`,
    at: at.spot,
  });
}

type ReadRepeat = ReadObject<typeof repeatShape>;

/** Reads `repeat:`: a number of rounds, or an object. */
export function readRepeat(loading: Loading, step: ReadStep, blocks: BlockReader): ReadAction {
  const at = step.part("repeat") ?? step.whole;
  const block = readBody(loading, step, blocks);
  if (typeof at.value !== "number") {
    const read = readObject(loading, at, repeatShape);
    if (read) return readRounds(loading, read, block);
  }
  const max =
    typeof at.value === "number"
      ? readLeaf(loading, at, { key: "repeat", schema: repeatShape.leaves.max })
      : undefined;
  return { action: { kind: "loop", block, max: max ?? 1, otherwise: "accept" }, texts: [], callees: [] };
}

function readRounds(loading: Loading, read: ReadRepeat, block: BlockDraft): ReadAction {
  checkRepeat(loading, read);
  const until = untilUse(read);
  const { plateau, text } = readPlateau(loading, read.part("plateau"));
  const { max = defaultMax, otherwise = until ? "fail" : "accept" } = read.leaves;
  return {
    action: { kind: "loop", block, max, otherwise, ...defined({ until: until?.text, plateau }) },
    texts: [...(until ? [until] : []), ...(text ? [text] : [])],
    callees: [],
  };
}

function checkRepeat(loading: Loading, read: ReadRepeat): void {
  if (!read.has("until") && !read.has("max")) {
    loading.report.add({
      code: "MISSING_KEY",
      message: "Cannot use `repeat`: it does not say when it ends",
      fix: 'add "until:" (a condition) or "max:" (the most rounds)',
      at: read.whole.spot,
      part: "key",
    });
  }
  if (read.has("until") || read.has("plateau") || !read.has("otherwise")) return;
  loading.report.add({
    code: "BAD_VALUE",
    message: 'Cannot use "otherwise" here: the loop has neither "until" nor "plateau", and only counts',
    fix: 'take it out, or add "until:"',
    at: read.spotOf("otherwise"),
    part: "key",
  });
}

function untilUse(read: ReadRepeat): TextUse | undefined {
  const { until } = read.leaves;
  if (until === undefined) return undefined;
  return { ...expressionUse({ value: until, spot: read.spotOf("until") }, "round"), key: "until" };
}

interface ReadPlateau {
  readonly plateau?: NonNullable<LoopAction["plateau"]>;
  readonly text?: TextUse;
}

function readPlateau(loading: Loading, at: Located | undefined): ReadPlateau {
  const read = at && readObject(loading, at, plateauShape);
  if (!read) return {};
  const { of, rounds = 2 } = read.leaves;
  if (!read.has("of")) missingKey(loading, read.whole, { what: "`plateau`", key: "of" });
  if (of === undefined) return {};
  const use = expressionUse({ value: of, spot: read.spotOf("of") }, "round");
  return { plateau: { of: use.text, rounds }, text: { ...use, key: "of", gives: "number" } };
}

/** Reads `for_each:`: the list, or an object with `items`. */
export function readForEach(loading: Loading, step: ReadStep, blocks: BlockReader): ReadAction {
  const at = step.part("for_each") ?? step.whole;
  const block = readBody(loading, step, blocks);
  if (typeof at.value === "string" || Array.isArray(at.value)) {
    return eachOf({ list: readItems(loading, at), block, as: { name: "item", spot: at.spot } });
  }
  const read = readObject(loading, at, forEachShape);
  if (!read) return eachOf({ list: undefined, block, as: { name: "item", spot: at.spot } });
  const items = read.part("items");
  if (!items) missingKey(loading, at, { what: "`for_each`", key: "items" });
  const { as: name = "item", concurrency } = read.leaves;
  const list = items && readItems(loading, items);
  const as = { name, spot: read.spotOf("as") };
  return eachOf({ list, block, as, ...defined({ key: keyUse(read), concurrency }) });
}

interface Each {
  readonly list: TextUse | undefined;
  readonly block: BlockDraft;
  readonly as: NameUse;
  readonly key?: TextUse;
  readonly concurrency?: number;
}

function eachOf({ list, block, as, key, concurrency }: Each): ReadAction {
  const items = `\${ ${list?.text.trim() ?? "[]"} }`;
  return {
    action: { kind: "each", items, as: as.name, block, ...defined({ key: key?.text, concurrency }) },
    texts: [...(list ? [list] : []), ...(key ? [key] : [])],
    callees: [],
    itemSpot: as.spot,
  };
}

function keyUse(read: ReadObject<typeof forEachShape>): TextUse | undefined {
  const { key } = read.leaves;
  if (key === undefined) return undefined;
  return { ...expressionUse({ value: key, spot: read.spotOf("key") }, "key"), key: "key", gives: "value" };
}

/** The expression that gives the list: inside a template, or a list that is written out, which holds no templates. */
function readItems(loading: Loading, at: Located): TextUse | undefined {
  const { value, spot } = at;
  if (Array.isArray(value)) return writtenOut(loading, at, value);
  if (typeof value !== "string") {
    const wanted = 'a list, or a template such as "${ scan.output.issues }"';
    wrongType(loading, { at, what: '"items"', wanted });
    return undefined;
  }
  const use = expressionUse({ value, spot }, "step");
  if (use.text !== value) return { ...use, key: "items", gives: "list" };
  loading.report.add({
    code: "BAD_VALUE",
    message: `Cannot go through "${shown(value)}": it is a text and no list`,
    fix: 'write one template that gives the list, such as "${ scan.output.issues }"',
    at: spot,
  });
  return undefined;
}

function writtenOut({ report }: Loading, at: Located, items: readonly Json[]): TextUse | undefined {
  const text = JSON.stringify(items);
  if (text.length > maxExpressionLength) {
    report.add({
      code: "BAD_VALUE",
      message: `Cannot go through the list: written out here it has more than ${maxExpressionLength} characters`,
      fix: "give it as the default of an input, and write ${ inputs.NAME }",
      at: at.spot,
    });
    return undefined;
  }
  if (!text.includes("${"))
    return { ...expressionUse({ value: text, spot: at.spot }, "step"), key: "items", gives: "list" };
  report.add({
    code: "BAD_VALUE",
    message: "Cannot fill in the list: a list that is written out holds no templates",
    fix: 'write it as one expression, such as "${ [inputs.a, inputs.b] }"',
    at: at.spot,
  });
  return undefined;
}
