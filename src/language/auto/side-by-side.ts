import type { Part } from "./commands.ts";
import { type Building, partsOf, stepsOf } from "./sequence.ts";
import { checkStep, commandStep, pieceNames, type Step, task, told, together } from "./steps.ts";

/** Several at once. What each does is known already, so that nobody has to divide it: a parallel group, and one that brings it together. */
export function byMany(building: Building): readonly Step[] {
  const { facts, note } = building;
  const { viewpoints, opinions, parts } = facts;
  note(
    "swarm: what each agent does is known, so they are steps side by side; agents that divide the task themselves, talk and vote are a `swarm:` (tutti swarm)",
  );
  if (viewpoints.length > 1)
    return looks(
      building,
      viewpoints.map((view) => ({ view, of: viewpoints.indexOf(view) })),
    );
  if (parts.length > 1) return divided(building);
  if (opinions > 1)
    return looks(
      building,
      Array.from({ length: opinions }, (_, index) => ({ view: `opinion ${index + 1}`, of: -1 })),
    );
  note("the task names no parts: the pattern multi_agent_development divides it");
  return [{ name: "team", workflow: "pattern:multi_agent_development", with: { goal: task } }];
}

interface Look {
  readonly view: string;
  /** Which viewpoint it is; -1: none that has a name. */
  readonly of: number;
}

function looks({ making, facts }: Building, all: readonly Look[]): readonly Step[] {
  const part: Part = facts.goals.some(({ role }) => role === "check") ? "check" : "research";
  const names = pieceNames(all.map(({ view }) => view));
  const steps = all.map(({ of }, index) => {
    const only =
      of < 0
        ? "Form an opinion of your own."
        : `Look at it only from this side: \${ inputs.viewpoints[${of}] }`;
    return commandStep(making, { name: names[index] ?? "look", part, params: `${task}\n${only}` });
  });
  const params = `Bring the answers together, with what they disagree on: ${task}`;
  return [
    together("looks", steps),
    commandStep(making, { name: "integrate", part: "integrate", params, ...told("looks") }),
  ];
}

/** Divide, do the parts at once, bring together, and what comes after that. */
function divided(building: Building): readonly Step[] {
  const { making } = building;
  const divide = commandStep(making, {
    name: "divide",
    part: "divide",
    params: `${task}\nThe parts: \${ inputs.parts }`,
  });
  const integrate = commandStep(making, {
    name: "integrate",
    part: "integrate",
    params: task,
    ...told("parts"),
  });
  const after = partsOf(building).filter((part) => part === "check" || part === "release");
  return [
    divide,
    partSteps(building, { part: "work", before: "divide" }),
    integrate,
    ...stepsOf(building, after, { before: "integrate" }),
  ];
}

interface Pieces {
  /** What is done with each. */
  readonly part: Part;
  readonly before: string | undefined;
  /** Something rests on what they find. */
  readonly decides?: boolean;
}

function partSteps({ making, facts }: Building, { part, before, decides }: Pieces): Step {
  const names = pieceNames(facts.parts);
  const steps = names.map((name, index) => {
    const params = `${task}\nDo only this part of it: \${ inputs.parts[${index}] }`;
    const work = { name, params, ...told(before) };
    return part === "check" && decides ? checkStep(making, work) : commandStep(making, { ...work, part });
  });
  return together("parts", steps);
}

/** In turn, with the parts of the work side by side. */
export function mixed(building: Building): readonly Step[] {
  const { facts, note } = building;
  const parts = partsOf(building);
  const main = parts.includes("work") ? "work" : (parts[0] ?? "work");
  // what is released is released once
  if (facts.parts.length < 2 || main === "release") {
    if (facts.parallel > 0) note("hybrid: nothing is named that could run side by side");
    return stepsOf(building, parts);
  }
  const at = parts.indexOf(main);
  const before = parts.slice(0, at);
  const after = parts.slice(at + 1);
  const params = `Bring the results together: ${task}`;
  const together = { name: "integrate", part: "integrate", params, ...told("parts") } as const;
  return [
    ...stepsOf(building, before, { goesOn: true }),
    partSteps(building, { part: main, before: before.at(-1), decides: after.length > 0 }),
    ...(after.length > 0
      ? stepsOf(building, after, { before: "parts" })
      : [commandStep(building.making, together)]),
  ];
}
