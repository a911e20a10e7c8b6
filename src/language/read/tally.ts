import { isObject, type Json, type JsonObject } from "../../expression/json.ts";
import { identifier } from "../checks/names.ts";
import { defined } from "../defined.ts";
import { Builder, type Target } from "../dialects/builder.ts";
import type { TextUse } from "../drafts.ts";
import { rulingsShape, tallyJudgeShape, tallyShape } from "../tally-shapes.ts";
import { decisionSteps } from "../tally/decision-steps.ts";
import type { CountAction, Option, TallyAction } from "../voting.ts";
import type { ReadAction, ReadStep } from "./action.ts";
import type { BlockReader } from "./blocks.ts";
import { type Loading, type Located, shown } from "./loading.ts";
import { missingKey, type ReadObject, readObject, wrongType } from "./read-object.ts";
import { templateUsesIn } from "./texts.ts";
import { readRule, type ReadRule, writtenRule } from "./vote-rule.ts";

type Read = ReadObject<typeof tallyShape>;

/** Reads `tally:`: how votes are counted, and who decides where they leave it open. */
export function readTally(loading: Loading, step: ReadStep, blocks: BlockReader): ReadAction {
  const at = step.part("tally") ?? step.whole;
  const read = readObject(loading, at, tallyShape);
  if (!read) return nothing;
  if (read.has("of") || read.has("rulings")) return readSettling(loading, read);
  if (!read.has("votes")) missingKey(loading, at, { what: "`tally`", key: "votes" });
  const rule = readRule(loading, read);
  const options = readOptions(loading, read, "options");
  reportTwice(loading, read.part("options"));
  readOptions(loading, read, "barred", options);
  const tie = readTie(loading, rule.tie, options);
  const judge = readJudge(loading, rule, tie);
  checkBy(loading, rule, tie);
  const counting = { read, rule, options };
  if (tie === "fail" || typeof tie === "object") return countAction(counting, tie);
  const name = identifier(step.leaves.name ?? "") || "tally";
  return group(loading, blocks, { ...counting, tie, judge, name });
}

const nothing: ReadAction = {
  action: { kind: "tally", votes: {}, rule: { kind: "majority" }, field: "vote", otherwise: "fail" },
  texts: [],
  callees: [],
};

function readSettling(loading: Loading, read: Read): ReadAction {
  reportBesideCount(loading, read);
  const of = read.part("of");
  const at = read.part("rulings");
  const rulings = at && readObject(loading, at, rulingsShape);
  const [judge, human] = [rulings?.part("judge"), rulings?.part("human")];
  const action: TallyAction = {
    kind: "tally",
    of: of?.value ?? null,
    rulings: defined({ judge: judge?.value, human: human?.value }),
    otherwise: read.leaves.otherwise ?? "fail",
  };
  return { action, texts: textsOf([of, judge, human]), callees: [] };
}

/** Other keys mean nothing beside a count that is taken from elsewhere. */
function reportBesideCount(loading: Loading, read: Read): void {
  const needed: readonly string[] = ["of", "rulings"];
  const keys = Object.keys(isObject(read.whole.value) ? read.whole.value : {});
  for (const key of needed)
    if (!keys.includes(key)) missingKey(loading, read.whole, { what: "`tally`", key });
  for (const key of keys) {
    if (needed.includes(key) || key === "otherwise" || !isKey(key)) continue;
    misplaced(loading, read.spotOf(key), { key, why: "the votes were counted already, by what `of` names" });
  }
}

function isKey(key: string): boolean {
  return key in tallyShape.leaves || tallyShape.parts.some((part) => part === key);
}

function misplaced(
  { report }: Loading,
  at: Located["spot"],
  { key, why, fix = "take it out" }: { readonly key: string; readonly why: string; readonly fix?: string },
): void {
  report.add({ code: "BAD_VALUE", message: `Cannot use "${key}" here: ${why}`, fix, at, part: "key" });
}

function textsOf(parts: readonly (Located | undefined)[]): readonly TextUse[] {
  return parts.flatMap((part) => (part ? templateUsesIn(part, "step") : []));
}

/** A list that is written out; undefined for a template that gives one, and after a mistake. */
function readOptions(
  loading: Loading,
  read: Read,
  key: "options" | "barred",
  among?: readonly Option[],
): readonly Option[] | undefined {
  const at = read.part(key);
  if (!at || isTemplate(at.value)) return undefined;
  const options = optionsIn(at.value);
  if (!options || (key === "options" && options.length === 0)) {
    const wanted = "a list of texts, numbers or truth values, or a template that gives one";
    wrongType(loading, { at, what: `"${key}"`, wanted });
    return undefined;
  }
  const unknown = among && options.find((one) => !isTemplate(one) && !among.includes(one));
  if (unknown !== undefined) noOption(loading, at, { given: unknown, among: among ?? [], as: "bar" });
  return options.some(isTemplate) ? undefined : options;
}

function reportTwice({ report }: Loading, at: Located | undefined): void {
  const options = (at && optionsIn(at.value)) ?? [];
  const twice = options.find((one, place) => options.indexOf(one) < place);
  if (!at || twice === undefined) return;
  report.add({
    code: "BAD_VALUE",
    message: `Cannot use "options": ${shown(twice)} stands in it more than once`,
    fix: "leave one of them",
    at: at.spot,
  });
}

function isTemplate(value: Json): boolean {
  return typeof value === "string" && value.includes("${");
}

function optionsIn(value: Json): readonly Option[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const options = value.flatMap((one: Json) => (isOption(one) ? [one] : []));
  return options.length === value.length ? options : undefined;
}

function isOption(value: Json): value is Option {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

interface Unknown {
  readonly given: Option;
  readonly among: readonly Option[];
  readonly as: string;
}

function noOption({ report }: Loading, at: Located, { given, among, as }: Unknown): void {
  const guess = report.nearest(String(given), among.map(String));
  report.add({
    code: "BAD_VALUE",
    message: `Cannot ${as} ${shown(given)}: it is none of the options`,
    fix: guess ? `write ${guess}` : `write one of ${among.map((one) => shown(one)).join(", ")}`,
    at: at.spot,
  });
}

type Tie = "judge" | "human" | "fail" | { readonly option: Option };
const deciders = ["judge", "human", "fail"] as const;

function readTie(loading: Loading, at: Located | undefined, options: readonly Option[] | undefined): Tie {
  if (!at) return "fail";
  const { value } = at;
  const decider = deciders.find((one) => one === value);
  if (decider) return decider;
  if (!isOption(value) || isTemplate(value)) {
    wrongType(loading, { at, what: '"tie"', wanted: "judge, human, fail, or an option" });
    return "fail";
  }
  if (options && !options.includes(value)) {
    noOption(loading, at, { given: value, among: [...deciders, ...options], as: "take" });
    return "fail";
  }
  // else a slip would win
  const guess = options ? undefined : loading.report.nearest(String(value), deciders);
  if (guess === undefined) return { option: value };
  const message = `Cannot leave it to "${shown(value)}": it is neither judge, human nor fail, and \`options\` does not say what can be voted for`;
  loading.report.add({
    code: "BAD_VALUE",
    message,
    fix: `write "${guess}", or write out the options`,
    at: at.spot,
  });
  return "fail";
}

/** The keys of the agent that decides, as they are written. */
function readJudge(loading: Loading, { judge: at }: ReadRule, tie: Tie): JsonObject | undefined {
  if (at && tie !== "judge") {
    misplaced(loading, at.spot, {
      key: "judge",
      why: "it decides nothing",
      fix: 'add "tie: judge", or take it out',
    });
    return undefined;
  }
  if (tie !== "judge" || !at) return tie === "judge" ? {} : undefined;
  if (typeof at.value === "string") {
    const told: Target = {};
    new Builder(loading).put(told, "prompt", { from: at });
    return told;
  }
  const read = readObject(loading, at, tallyJudgeShape);
  return read ? keptKeys(loading, read) : {};
}

/** Without what was reported. */
function keptKeys(loading: Loading, read: ReadObject<typeof tallyJudgeShape>): JsonObject {
  const builder = new Builder(loading);
  const kept: Target = {};
  for (const key of Object.keys(read.leaves) as (keyof typeof tallyJudgeShape.leaves)[]) {
    const from = read.part(key);
    if (from) builder.put(kept, key, { from });
  }
  return kept;
}

function checkBy(loading: Loading, { by }: ReadRule, tie: Tie): void {
  if (!by || tie === "judge" || tie === "human") return;
  const fix = 'add "tie: human", or take it out';
  misplaced(loading, by.at, { key: "by", why: "nobody is asked", fix });
}

interface Counting {
  readonly read: Read;
  readonly rule: ReadRule;
  readonly options: readonly Option[] | undefined;
}

function countAction(
  { read, rule: { rule, quorum } }: Counting,
  tie: Exclude<Tie, "judge" | "human">,
): ReadAction {
  const [votes, options, barred] = [read.part("votes"), read.part("options"), read.part("barred")];
  const { field = "vote", otherwise = "fail" } = read.leaves;
  const action: CountAction = {
    kind: "tally",
    votes: votes?.value ?? {},
    rule,
    field,
    otherwise,
    ...defined({
      quorum,
      options: options?.value,
      barred: barred?.value,
      tie: tie === "fail" ? undefined : tie.option,
    }),
  };
  return { action, texts: textsOf([votes, options, barred]), callees: [] };
}

interface Open extends Counting {
  readonly tie: "judge" | "human";
  readonly judge: JsonObject | undefined;
  readonly name: string;
}

/** Whoever decides else is a step of its own. */
function group(loading: Loading, blocks: BlockReader, open: Open): ReadAction {
  const { read, rule, options, tie, judge, name } = open;
  const { otherwise = "fail" } = read.leaves;
  const person = tie === "human" || rule.by !== undefined;
  const made = decisionSteps(
    {
      name,
      count: countOf(loading, open),
      otherwise,
      ...defined({ options, judge, human: person ? byPart(rule) : undefined }),
    },
    (step, key) => judge && loading.places.move({ holder: judge, key }, { holder: step, key }),
  );
  const at = { value: made.steps, spot: read.whole.spot };
  const block = blocks.read(at, { gives: { name: made.gives, spot: at.spot } });
  return { action: { kind: "chain", block }, texts: [], callees: [] };
}

function byPart({ by }: ReadRule): { readonly by?: readonly string[] } {
  return by ? { by: by.names } : {};
}

/** The `tally:` that only counts; its members stand where they were written. */
function countOf(loading: Loading, { read, rule: { rule, quorum } }: Counting): JsonObject {
  const builder = new Builder(loading);
  const count: Target = { rule: writtenRule(rule), otherwise: "accept" };
  if (quorum !== undefined) count["quorum"] = quorum;
  for (const key of ["votes", "options", "barred", "field"] as const) {
    const from = read.part(key);
    if (from) builder.put(count, key, { from });
  }
  return count;
}
