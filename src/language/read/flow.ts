import { isObject, type Json } from "../../expression/json.ts";
import { defined } from "../defined.ts";
import { caseShape, conditionShape, flowShape, switchShape } from "../container-shapes.ts";
import { type BlockDraft, emptyBlock, type StepDraft, type TextUse, type WayDraft } from "../drafts.ts";
import type { BranchAction } from "../workflow.ts";
import type { ReadAction } from "./action.ts";
import type { BlockReader } from "./blocks.ts";
import { itemsOf, type Loading, type Located, memberOf, shown } from "./loading.ts";
import { madeStep } from "./made-step.ts";
import { checkKeyName } from "./key-name.ts";
import { missingKey, type ReadObject, readObject, wrongType } from "./read-object.ts";
import { expressionUse } from "./texts.ts";

/** One decision, and where it stands. */
export interface Decision {
  readonly at: Located;
  readonly ways: readonly WayDraft[];
  readonly texts: readonly TextUse[];
  readonly marks: Marks;
}

/** What decides among the ways, and whether it is remembered; what happens when one fails. */
type Marks = Omit<BranchAction, "kind" | "ways">;

/** Reads `flow:`: an object with `conditions`, or their list. */
export function readConditions(loading: Loading, at: Located, blocks: BlockReader): readonly Decision[] {
  const isList = Array.isArray(at.value);
  const read = isList ? undefined : readObject(loading, at, flowShape);
  const list = isList ? at : read?.part("conditions");
  reportConditions(loading, at, list);
  const marks = read ? marksOf(loading, read) : {};
  const decisions = list ? itemsOf(list).flatMap((item) => readCondition(loading, item, blocks) ?? []) : [];
  return decisions.map((decision) => ({ ...decision, marks }));
}

function reportConditions(loading: Loading, at: Located, list: Located | undefined): void {
  if (list && !Array.isArray(list.value)) {
    wrongType(loading, { at: list, what: '"conditions"', wanted: "a list of {if, then, else}" });
  } else if (list ? itemsOf(list).length === 0 : isObject(at.value)) missingConditions(loading, list ?? at);
}

function marksOf(loading: Loading, read: MarkedRead): Marks {
  const { adaptive, balance, learning, on_failure: onFailure, max_tries: maxTries } = read.leaves;
  checkMarks(loading, read);
  return {
    ...(adaptive ? { adaptive } : {}),
    ...(balance ? { balance } : {}),
    ...(learning === false ? { learning } : {}),
    ...defined({ onFailure, maxTries }),
  };
}

type MarkedRead = ReadObject<typeof flowShape> | ReadSwitch;

function checkMarks({ report }: Loading, read: MarkedRead): void {
  const { adaptive, balance, on_failure: onFailure, max_tries: maxTries } = read.leaves;
  if (maxTries !== undefined && onFailure === undefined) {
    report.add({
      code: "BAD_VALUE",
      message: 'Cannot use "max_tries" here: without "on_failure" one way is taken at most',
      fix: 'add "on_failure: next"',
      at: read.spotOf("max_tries"),
      part: "key",
    });
  }
  if (!adaptive || !balance) return;
  report.add({
    code: "BAD_VALUE",
    message: 'Cannot use "balance" here: the decision is already "adaptive"',
    fix: "keep one of the two; with balance what has worked counts, too",
    at: read.spotOf("balance"),
    part: "key",
  });
}

/** A flow of one condition is a branch; one of several is a chain of them, because every one is decided in turn. */
export function readFlow(loading: Loading, at: Located, blocks: BlockReader): ReadAction {
  const decisions = readConditions(loading, at, blocks);
  const [first] = decisions;
  if (first && decisions.length === 1) {
    return { action: branchOf(first), texts: first.texts, callees: [] };
  }
  return { action: { kind: "chain", block: flowBlock(decisions) }, texts: [], callees: [] };
}

function branchOf({ ways, marks }: Decision): StepDraft["action"] & { readonly kind: "branch" } {
  return { kind: "branch", ways, ...marks };
}

/** The branch steps `c1`, `c2`, … of a flow. */
export function flowBlock(decisions: readonly Decision[]): BlockDraft {
  const block = emptyBlock();
  for (const decision of decisions) block.steps.push(decisionStep(decision, block));
  return block;
}

function decisionStep(decision: Decision, block: BlockDraft): StepDraft {
  const { at, ways, texts } = decision;
  const step = madeStep({
    name: `c${block.steps.length + 1}`,
    named: true,
    spot: at.spot,
    block,
    action: branchOf(decision),
    texts,
  });
  for (const way of ways) way.block.owner = step;
  return step;
}

function readCondition(
  loading: Loading,
  at: Located,
  blocks: BlockReader,
): Omit<Decision, "marks"> | undefined {
  const read = readObject(loading, at, conditionShape);
  if (!read) return undefined;
  const then = read.part("then");
  const otherwise = read.part("else");
  if (!read.has("if")) missingKey(loading, at, { what: "the condition", key: "if" });
  if (!then) missingKey(loading, at, { what: "the condition", key: "then" });
  const condition = expressionUse({ value: read.leaves.if ?? "true", spot: read.spotOf("if") }, "when");
  const wayOf = (name: string, part: Located): WayDraft => ({
    name,
    block: blocks.read(part, { mayBeEmpty: true }),
  });
  const ways = [
    ...(then ? [{ ...wayOf("then", then), when: condition.text }] : []),
    ...(otherwise ? [wayOf("else", otherwise)] : []),
  ];
  checkSteps(loading, at, [then, otherwise]);
  return { at, ways, texts: read.has("if") ? [{ ...condition, key: "if", way: true }] : [] };
}

/** A decision after which nothing happens on any way is a mistake. */
function checkSteps({ report }: Loading, at: Located, ways: readonly (Located | undefined)[]): void {
  const written = ways.flatMap((way) => way ?? []);
  if (written.length === 0 || !written.every(({ value }) => isEmptyBlock(value))) return;
  report.add({
    code: "MISSING_KEY",
    message: "Cannot use the decision: none of its ways has any steps",
    fix: "give one of the ways a step",
    at: at.spot,
  });
}

function isEmptyBlock(value: Json | undefined): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Array.isArray(value["steps"]) && value["steps"].length === 0;
}

type ReadSwitch = ReadObject<typeof switchShape>;

/** Reads `switch:`: the first case that holds is the way that is taken. */
export function readSwitch(loading: Loading, at: Located, blocks: BlockReader): ReadAction {
  const read = readObject(loading, at, switchShape);
  const cases = read && casesOf(loading, read);
  if (!read || !cases) return { action: { kind: "branch", ways: [] }, texts: [], callees: [] };
  const written = membersOf(cases);
  const all = written.flatMap((member) => readCase(loading, { ...member, read }, blocks) ?? []);
  const otherwise = read.part("default");
  checkSteps(loading, at, [...written.map((member) => member.at), otherwise]);
  const ways = [
    ...all.map(({ way }) => way),
    ...(otherwise ? [{ name: "default", block: blocks.read(otherwise, { mayBeEmpty: true }) }] : []),
  ];
  const compared = all.flatMap(({ way, text }) => (text ? [] : (way.when ?? [])));
  const texts = [...all.flatMap(({ text }) => text ?? []), ...onUses(loading, read, compared)];
  return { action: { kind: "branch", ways, ...marksOf(loading, read) }, texts, callees: [] };
}

function membersOf(at: Located): readonly { readonly name: string; readonly at: Located }[] {
  return Object.keys(at.value as object).flatMap((name) => {
    const member = memberOf(at, name);
    return member ? [{ name, at: member }] : [];
  });
}

function casesOf(loading: Loading, read: ReadSwitch): Located | undefined {
  const cases = read.part("cases");
  if (cases && !isObject(cases.value)) {
    wrongType(loading, { at: cases, what: '"cases"', wanted: "an object of names and cases" });
    return undefined;
  }
  if (cases && isObject(cases.value) && Object.keys(cases.value).length > 0) return cases;
  missingKey(loading, cases ?? read.whole, { what: "the switch", key: "cases" });
  return undefined;
}

interface OneCase {
  readonly name: string;
  readonly at: Located;
  readonly read: ReadSwitch;
}

interface ReadCase {
  readonly way: WayDraft;
  /** The case's own condition; absent when `on` is compared. */
  readonly text?: TextUse;
}

function readCase(loading: Loading, one: OneCase, blocks: BlockReader): ReadCase | undefined {
  const { name, at, read } = one;
  checkCaseName(loading, one);
  if (Array.isArray(at.value)) {
    if (!read.has("on")) missingTest(loading, one);
    return comparedCase({ name, read, is: [name], block: blocks.read(at, { mayBeEmpty: true }) });
  }
  const own = readObject(loading, at, caseShape);
  if (!own) return undefined;
  const block = blocks.written(own, { mayBeEmpty: true });
  const { when, is = [name], at_once: atOnce } = own.leaves;
  checkTests(loading, one, own);
  checkRoom(loading, one, own);
  const room = defined({ atOnce });
  if (when === undefined) return comparedCase({ name, read, is, block, room });
  const use = expressionUse({ value: when, spot: own.spotOf("when") }, "when");
  return { way: { name, when: use.text, ...room, block }, text: { ...use, way: true } };
}

function checkCaseName(loading: Loading, { name, at, read }: OneCase): void {
  checkKeyName(loading, at, { name, what: "a case", ...(read.has("on") ? { fix: insteadOf(name) } : {}) });
  if (name !== "default") return;
  loading.report.add({
    code: "BAD_VALUE",
    message: 'Cannot name a case "default": that is the way that is taken when no case holds',
    fix: 'write "default:" beside "cases:"',
    at: at.spot,
    part: "key",
  });
}

/** A value that was meant to be compared stands in the case. */
function insteadOf(value: string): string {
  const free = `case_${value.replaceAll(/[^A-Za-z0-9_]+/g, "_").slice(0, 20)}`;
  const is = /^(?:-?\d+(?:\.\d+)?|true|false)$/.test(value) ? value : `"${shown(value)}"`;
  return `give it a name, and say in it what is compared: ${free}: {is: ${is}, steps: […]}`;
}

function checkTests(loading: Loading, one: OneCase, own: ReadObject<typeof caseShape>): void {
  const { report } = loading;
  if (own.has("when") && own.has("is")) {
    const message = 'Cannot use "is" here: the case already has "when"';
    report.add({
      code: "BAD_VALUE",
      message,
      fix: "keep one of the two",
      at: own.spotOf("is"),
      part: "key",
    });
  } else if (own.has("is") && !one.read.has("on")) {
    const message = 'Cannot use "is" here: the switch has no "on" to compare with it';
    report.add({
      code: "BAD_VALUE",
      message,
      fix: 'add "on:", or write "when:"',
      at: own.spotOf("is"),
      part: "key",
    });
  } else if (!own.has("when") && !own.has("is") && !one.read.has("on")) missingTest(loading, one);
}

function checkRoom({ report }: Loading, { read }: OneCase, own: ReadObject<typeof caseShape>): void {
  if (!own.has("at_once") || read.leaves.balance) return;
  report.add({
    code: "BAD_VALUE",
    message: 'Cannot use "at_once" here: the switch does not balance its cases',
    fix: 'add "balance: true" to the switch',
    at: own.spotOf("at_once"),
    part: "key",
  });
}

function missingTest({ report }: Loading, { name, at, read }: OneCase): void {
  const on = read.has("on");
  report.add({
    code: "MISSING_KEY",
    message: `Cannot use the case "${shown(name)}": it does not say when it holds${on ? "" : ', and the switch has no "on"'}`,
    fix: 'write {when: a condition, steps: […]}, or give the switch an "on:" to compare with its name',
    at: at.spot,
    part: "key",
  });
}

interface Compared {
  readonly name: string;
  readonly read: ReadSwitch;
  readonly is: readonly Json[];
  readonly block: BlockDraft;
  readonly room?: Pick<WayDraft, "atOnce">;
}

function comparedCase({ name, read, is, block, room }: Compared): ReadCase {
  const { text } = expressionUse({ value: read.leaves.on ?? "null", spot: read.spotOf("on") }, "when");
  const values = is.map((value) => JSON.stringify(value));
  const when = values.length === 1 ? `(${text}) == ${values[0]}` : `(${text}) in [${values.join(", ")}]`;
  return { way: { name, when, ...room, block } };
}

function onUses({ report }: Loading, read: ReadSwitch, compared: readonly string[]): readonly TextUse[] {
  const { on } = read.leaves;
  if (on === undefined) return [];
  if (compared.length === 0) {
    report.add({
      code: "BAD_VALUE",
      message: 'Cannot use "on" here: no case is compared with it',
      fix: 'take it out, or give a case "is:" in the place of "when:"',
      at: read.spotOf("on"),
      part: "key",
    });
  }
  return [
    {
      ...expressionUse({ value: on, spot: read.spotOf("on") }, "when"),
      key: "on",
      gives: "value",
      way: true,
      compared,
    },
  ];
}

function missingConditions({ report }: Loading, at: Located): void {
  report.add({
    code: "MISSING_KEY",
    message: "Cannot use the flow: it has no conditions",
    fix: 'add "conditions:" with at least one {if, then, else}',
    at: at.spot,
    part: "key",
  });
}
