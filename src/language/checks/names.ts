import type { Report } from "../diagnostics/report.ts";
import { blocksIn, type BlockDraft, type StepDraft } from "../drafts.ts";
import { shown } from "../read/loading.ts";

/** Roots of expressions and words of CEL: no step can have one of them as its name. */
const reservedNames: ReadonlySet<string> = new Set(
  "inputs env secrets run item steps board feedback true false null in AND OR NOT __proto__".split(" "),
);

/** Every step of a block and of the blocks inside it, outer ones first. */
export function* allSteps(block: BlockDraft): Generator<StepDraft> {
  yield* block.steps;
  for (const step of block.steps) {
    for (const inner of blocksIn(step)) yield* allSteps(inner);
  }
}

/** Gives every step its name and fills `byName`; reserved and repeated names are reported. */
export function nameSteps(report: Report, block: BlockDraft): void {
  for (const step of block.steps) {
    if (!step.named || step.name === "") continue;
    reportReserved(report, step);
    const first = block.byName.get(step.name);
    if (first) reportDuplicate(report, step, first);
    else block.byName.set(step.name, step);
  }
  const rounds = new Map<string, number>();
  for (const step of block.steps) {
    if (step.name !== "") continue;
    step.name = freeName(baseName(step), block.byName, rounds);
    block.byName.set(step.name, step);
  }
  reportGives(report, block);
  for (const step of block.steps) {
    for (const inner of blocksIn(step)) nameSteps(report, inner);
    reportItemName(report, step);
  }
}

function reportGives(report: Report, { gives, byName }: BlockDraft): void {
  if (!gives || byName.has(gives.name)) return;
  const guess = report.nearest(gives.name, byName);
  report.add({
    code: "UNKNOWN_NAME",
    message: `Cannot give the output of "${shown(gives.name)}": it is no step of this block`,
    fix: guess ? `write "${guess}"` : "name one of its steps",
    at: gives.spot,
  });
}

/** The item of a `for_each` must not hide anything that its steps could mean. */
function reportItemName(report: Report, { action, itemSpot: at }: StepDraft): void {
  if (action.kind !== "each" || !at) return;
  const { as, block } = action;
  const reserved = reservedNames.has(as) && as !== "item";
  const step = reserved ? undefined : stepCalled(block, as);
  if (!reserved && !step) return;
  report.add({
    code: "BAD_VALUE",
    message: reserved
      ? `Cannot call the item "${as}": the word has a meaning of its own in expressions`
      : `Cannot call the item "${as}": a step that can be seen here has this name`,
    fix: "choose another name",
    at,
  });
}

function stepCalled(inner: BlockDraft, name: string): StepDraft | undefined {
  for (let block: BlockDraft | undefined = inner; block; block = block.owner?.block) {
    const found = block.byName.get(name);
    if (found) return found;
  }
  return undefined;
}

function reportReserved(report: Report, step: StepDraft): void {
  if (!reservedNames.has(step.name)) return;
  report.add({
    code: "BAD_VALUE",
    message: `Cannot name a step "${step.name}": the word has a meaning of its own in expressions`,
    fix: `choose another name, such as "${step.name}_step"`,
    at: step.nameSpot,
  });
}

function reportDuplicate(report: Report, step: StepDraft, first: StepDraft): void {
  report.add({
    code: "DUPLICATE_NAME",
    message: `Cannot name a step "${shown(step.name)}": step ${first.index + 1} of the same block has this name`,
    fix: "give one of the two another name",
    at: step.nameSpot,
  });
}

/**
 * The base itself, or with the first number that makes it new; never a reserved word. `rounds` remembers how far the
 * numbers of each base are used up, where names are only ever added to `taken`.
 */
export function freeName(
  base: string,
  taken: { has(name: string): boolean },
  rounds: Map<string, number> = new Map(),
): string {
  const wanted = reservedNames.has(base) ? `${base}_step` : base;
  let name = wanted;
  let round = rounds.get(wanted) ?? 2;
  for (; taken.has(name); round++) name = `${wanted}_${round}`;
  rounds.set(wanted, round);
  return name;
}

/** What a step is called that has no name of its own. */
export function baseName({ action }: Pick<StepDraft, "action">): string {
  switch (action.kind) {
    case "command":
      return identifier(action.command) || "command";
    case "function":
      return identifier(action.function) || "function";
    case "mcp":
      return identifier(action.tool) || "mcp";
    case "agent":
      return identifier(action.agent ?? "") || "agent";
    case "run":
      return "shell";
    case "call":
    case "workflow":
      return identifier(action.workflow.name) || "workflow";
    case "chain":
      return "group";
    case "branch":
      return "route";
    case "ask":
      return action.ask;
    case "http":
    case "gates":
    case "land":
    case "wait":
    case "loop":
    case "each":
    case "pipeline":
    case "value":
    case "tally":
      return action.kind;
  }
}

/** `/milestone/plan` → `milestone_plan`. */
export function identifier(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_]+/g, "_").replaceAll(/^[_0-9]+|_+$/g, "");
}
