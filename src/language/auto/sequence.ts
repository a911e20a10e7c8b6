import type { Part } from "./commands.ts";
import type { TaskFacts } from "../../task/facts.ts";
import { askStep, checkStep, commandStep, type Making, type Step, task, told } from "./steps.ts";

/** What a workflow is built from. */
export interface Building {
  readonly facts: TaskFacts;
  readonly score: number;
  readonly making: Making;
  readonly note: (text: string) => void;
}

/** From here on something is planned before it is done, and checked afterwards. */
const plansFrom = 5;
const checksFrom = 3;

/** The parts of the work, in their order. */
export function partsOf(building: Building): readonly Part[] {
  const { facts } = building;
  if (facts.isQuestion) return ["research"];
  const said = facts.goals.map(({ role }) => role);
  const roles = new Set<Part>(said.length > 0 ? said : ["work"]);
  for (const part of [...before(building, roles), ...after(building, roles)]) roles.add(part);
  return order.filter((part) => roles.has(part));
}

/** What has to come before a change. */
function before({ facts, score }: Building, roles: ReadonlySet<Part>): readonly Part[] {
  if (!roles.has("work")) return [];
  if (score >= plansFrom) return ["research", "plan"];
  return facts.unknowns.length > 0 ? ["research"] : [];
}

/** Who makes something is not who judges it; rounds have a judge of their own. */
function after({ facts, score }: Building, roles: ReadonlySet<Part>): readonly Part[] {
  const makes = (["work", "setup", "release"] as const).some((part) => roles.has(part));
  const judged = roles.has("work") && facts.isIterative;
  return makes && !judged && score >= checksFrom ? ["check"] : [];
}

const order: readonly Part[] = ["research", "plan", "setup", "work", "write", "check", "release"];

export function inTurn(building: Building): readonly Step[] {
  return stepsOf(building, partsOf(building));
}

interface Line {
  /** The step before them. */
  readonly before?: string | undefined;
  readonly text?: string;
  /** They are not all there is. */
  readonly goesOn?: boolean;
}

/** A step for each part; each is told what the one before gave. */
export function stepsOf(building: Building, parts: readonly Part[], line: Line = {}): readonly Step[] {
  const alone = parts.length === 1 && line.before === undefined && line.goesOn !== true;
  let last = line.before;
  return parts.flatMap((part) => {
    const made = stepFor(building, part, { ...line, before: last, alone });
    last = made.name;
    return made.steps;
  });
}

interface Placed extends Line {
  /** It is the whole workflow. */
  readonly alone: boolean;
}

function stepFor(
  { making, facts }: Building,
  part: Part,
  { before, text = task, alone }: Placed,
): { readonly name: string; readonly steps: readonly Step[] } {
  const work = { name: part, params: alone ? text : paramsOf(part, text), ...told(before) };
  if (part === "work" && facts.isIterative) return { name: "rounds", steps: [rounds(making, work)] };
  if (part === "check" && !alone) return { name: part, steps: [checkStep(making, work)] };
  const step = commandStep(making, { ...work, part });
  return { name: part, steps: part === "release" ? [askStep(), step] : [step] };
}

function paramsOf(part: Part, text: string): string {
  if (part === "research") return `What must be known to do this: ${text}`;
  return part === "check" ? `Whether this was done, and done well: ${text}` : text;
}

const mostRounds = 3;

/** Work and its judgement, until that is good. */
function rounds(making: Making, work: Omit<Parameters<typeof commandStep>[1], "part">): Step {
  const context = { ...work.context, round_before: "${ rounds.last }" };
  const steps = [
    commandStep(making, { ...work, name: "work", part: "work", context }),
    commandStep(making, {
      name: "judge",
      part: "check",
      params: paramsOf("check", task),
      ...told("work"),
    }),
  ];
  return {
    name: "rounds",
    repeat: { until: "rounds.last.judge.readiness_assessment.ready", max: mostRounds },
    steps: steps,
  };
}
