import { compileExpression, type Comparison, type Reference } from "../../expression/expression.ts";
import { compileShellTemplate } from "../../expression/shell-template.ts";
import { compileTemplate } from "../../expression/template.ts";
import type { NeedSpot, StepDraft, TextUse } from "../drafts.ts";
import { shown } from "../read/loading.ts";
import { complain, rangeOf, type ReferenceAt } from "./complain.ts";
import {
  type BadField,
  badField,
  badRoundOutput,
  endFields,
  isFreeText,
  isRoundField,
  literalsOf,
} from "./fields.ts";
import { allSteps } from "./names.ts";
import { rootChecks, unknownRoot } from "./roots.ts";
import {
  anchorIn,
  isBeforeEnd,
  isInRound,
  isItem,
  neverRuns,
  type ScopeIndex,
  visibleStep,
} from "./scope.ts";

/** Compiles every text of the workflow, checks each name in it, and turns references to steps into needs. */
export function checkReferences(index: ScopeIndex): void {
  for (const use of index.workflow.envTexts) checkText(index, use, undefined);
  const { block } = index.workflow;
  for (const step of [...allSteps(block), ...(block.undoing ? [block.undoing] : [])]) {
    for (const use of step.texts) checkText(index, use, step);
  }
}

interface Compiled {
  /** What an expression always gives. */
  readonly type?: string;
  readonly references: readonly Reference[];
  readonly comparisons: readonly Comparison[];
}

function checkText(index: ScopeIndex, use: TextUse, from: StepDraft | undefined): void {
  if (use.language !== "expression" && !use.text.includes("${")) return;
  const compiled = compiledText(index, use);
  if (!compiled) return;
  if (compiled.type !== undefined) checkType(index, use, compiled.type);
  for (const reference of compiled.references) checkReference(index, { use, reference, from });
  for (const comparison of compiled.comparisons) {
    checkComparison(index, { use, reference: comparison.reference, from }, comparison);
  }
  // The text itself is fine: what is made of it can only be wrong as a whole.
  for (const text of use.compared ?? []) {
    const { compared: _, key: __, gives: ___, ...same } = use;
    checkText(index, { ...same, text, offset: use.offset - 1 }, from);
  }
}

function compiledText({ report }: ScopeIndex, use: TextUse): Compiled | undefined {
  try {
    return compile(use);
  } catch (error) {
    report.addThrown(error, { at: use.spot, value: use.value, text: use.text, offset: use.offset });
    return undefined;
  }
}

function compile({ language, text }: TextUse): Compiled {
  switch (language) {
    case "expression":
      return compileExpression(text);
    case "shell":
      return compileShellTemplate(text);
    case "template":
      return compileTemplate(text);
  }
}

/** What an expression must give where it stands, and how that is said. */
const wanted = {
  truth: { types: /^bool$/, name: "true or false", fix: "compare it with something, as in a.exit_code == 0" },
  number: { types: /^u?int$|^double$/, name: "a number", fix: "write an expression that gives a number" },
  list: { types: /^list/, name: "a list", fix: "write an expression that gives a list" },
} as const;

/** What is certainly of another type fails whenever the step runs. */
function checkType({ report }: ScopeIndex, use: TextUse, type: string): void {
  const { gives = use.language === "expression" ? "truth" : "value" } = use;
  if (gives === "value" || type === "dyn" || wanted[gives].types.test(type)) return;
  const key = use.key ?? (use.where === "when" ? "when" : "check");
  const { name, fix } = wanted[gives];
  const what = gives === "truth" ? "decide by" : "use";
  report.add({
    code: "EXPRESSION_TYPE",
    message: `Cannot ${what} "${shown(use.text.trim())}": "${key}" must be ${name}, and this is ${kindOfType(type)}`,
    fix,
    at: use.spot,
  });
}

function kindOfType(type: string): string {
  if (/^u?int$|^double$/.test(type)) return "a number";
  if (type === "string") return "a text";
  if (type === "null") return "null";
  if (type === "bool") return "true or false";
  if (type.startsWith("list")) return "a list";
  return type.startsWith("map") ? "an object" : `a value of type ${type}`;
}

function checkReference(index: ScopeIndex, at: ReferenceAt): void {
  const { reference, from } = at;
  const { root, path } = reference;
  if (isItem(at, root)) return;
  if (at.use.only) return reportForeign(index, at);
  const check = Object.hasOwn(rootChecks, root) ? rootChecks[root] : undefined;
  if (check) check(index, at);
  else if (from && isRoundOutput(at)) reportField(index, at, badRoundOutput(from, ["output", ...path]));
  else checkStep(index, at);
}

function checkStep(index: ScopeIndex, at: ReferenceAt): void {
  const { reference, from } = at;
  const { name, path } = stepPath(reference);
  const target = from && visibleStep(from, name);
  if (!from || !target) return unknownRoot(index, at, name);
  if (isInRound(target, at)) return checkRound(index, at, target);
  if (path[0] === "tried" && isBeforeEnd(target, at)) return reportField(index, at, badField(target, path));
  const never = neverRuns(index, { from, target, gate: at.use.where === "gate" || at.use.ended === true });
  if (never) return complain(index, at, { code: "NEVER_RUNS", what: `refer to "${name}"`, ...never });
  const bad = badField(target, path);
  if (bad) reportField(index, at, bad);
  else addNeed({ from, target, reference, path, use: at.use });
}

/** A name in a text that sees only names of its own. */
function reportForeign(index: ScopeIndex, at: ReferenceAt): void {
  const { names = [] } = at.use;
  const guess = index.report.nearest(at.reference.root, names);
  complain(index, at, {
    code: "UNKNOWN_NAME",
    what: `use "${shown(at.reference.root)}" here`,
    why: "there is nothing of this name",
    fix: guess ? `write ${guess}` : `use one of ${names.join(", ")}`,
  });
}

/** In `plateau.of` the output of the round goes by its own name. */
function isRoundOutput({ reference, use }: ReferenceAt): boolean {
  return reference.root === "output" && use.where === "round" && use.key === "of";
}

function reportField(index: ScopeIndex, at: ReferenceAt, bad: BadField | undefined): void {
  if (!bad) return;
  const { name, of, candidates, fix } = bad;
  const guess = index.report.nearest(name, candidates);
  complain(index, at, {
    code: "UNKNOWN_NAME",
    what: `use "${shown(name)}"`,
    why: `${of} has no such field`,
    fix: fix ?? (guess ? `write "${guess}"` : `use one of ${candidates.join(", ") || "(none)"}`),
  });
}

/** Of its own loop a round knows the round before and its own number; neither is a dependency. */
function checkRound(index: ScopeIndex, at: ReferenceAt, loop: StepDraft): void {
  const { path } = stepPath(at.reference);
  if (path.length === 0 || isRoundField(path)) {
    return reportField(index, at, badField(loop, path));
  }
  complain(index, at, {
    code: "NEVER_RUNS",
    what: `use "${shown([loop.name, ...path].join("."))}"`,
    why: "the loop has no results before its last round",
    fix: `write ${loop.name}.last for what the round before gave, or ${loop.name}.round for its number`,
  });
}

/** `scan.output` and `steps["sign-off"].output` alike: the step's name and what is asked of it. */
function stepPath({ root, path }: Reference): {
  readonly name: string;
  readonly path: readonly string[];
} {
  const [name, ...rest] = path;
  return root === "steps" && name !== undefined ? { name, path: rest } : { name: root, path };
}

interface NewNeed {
  readonly from: StepDraft;
  readonly target: StepDraft;
  readonly reference: Reference;
  readonly path: readonly string[];
  readonly use: TextUse;
}

function addNeed({ from, target, reference, path, use }: NewNeed): void {
  const anchor = anchorIn(from, target.block);
  if (!anchor || anchor === target) return;
  tellSpot(anchor, target, { at: use.spot, inside: { value: use.value, range: rangeOf(use, reference) } });
  const known = anchor.needs.get(target.name);
  // A step tolerates a failure when it only asks how another ended; the core sees that in the step's own texts by the
  // step's own name. Where it cannot see it (a step inside a group, `steps["x"]`), the need is as strong as depends_on.
  const visible = anchor === from && reference.root === target.name;
  const strong = !visible && !endFields.has(path[0] ?? "");
  if (known && (known.because === "depends_on" || !strong)) return;
  const detail = use.text.slice(reference.start, reference.end);
  anchor.needs.set(target.name, { step: target.name, because: strong ? "depends_on" : "reference", detail });
}

function tellSpot(from: StepDraft, target: StepDraft, spot: NeedSpot): void {
  if (!from.needSpots.has(target.name)) from.needSpots.set(target.name, spot);
}

function checkComparison(index: ScopeIndex, at: ReferenceAt, { literal, operator }: Comparison): void {
  const { name, path } = stepPath(at.reference);
  const target = at.from && !isItem(at, name) ? visibleStep(at.from, name) : undefined;
  if (!target) return;
  const literals = path.length === 1 ? literalsOf(target, path[0]) : undefined;
  if (literals && !literals.all.includes(literal)) {
    const guess = index.report.nearest(literal, literals.all);
    return complain(index, at, {
      code: "BAD_VALUE",
      what: `compare the ${path[0]} with "${shown(literal)}"`,
      why: literals.why,
      fix: guess ? `write "${guess}"` : `use one of ${literals.all.join(", ")}`,
    });
  }
  if (!isFreeText(target, path)) return;
  complain(index, at, {
    code: "FREE_TEXT_COMPARED",
    what: `compare "${name}.${path.join(".")}" with "${shown(literal)}" (${operator})`,
    why: "it is free text of an agent, which is hardly ever exactly so",
    fix: `give "${name}" an output: {type: object, properties: {answer: {enum: ["${shown(literal)}"]}}, required: [answer]} with all answers in enum, and compare ${name}.output.answer`,
  });
}
