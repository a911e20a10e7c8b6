import type { Target } from "./dialects/builder.ts";
import { factsOf, factsSchema } from "./dialects/facts.ts";
import { outputOf } from "./dialects/inputs.ts";
import type { OneLine } from "./one-line.ts";
import { adaptiveOf, conditionsOfLine } from "./one-line-flow.ts";
import { cutLine } from "./one-line-parts.ts";
import { Places } from "./places.ts";
import { Line } from "./one-line-steps.ts";

/** Routings that have a name: the harder the work is found to be, the more comes before it. */
const namedRoutings: Readonly<Record<string, string>> = {
  complexity_based_routing:
    "if complexity <= 2 then /task else if complexity <= 6 then /feature → /task else /query → /feature → /task",
};

/** The command that finds out what is the case, and the decisions over what it gives. */
export function routedSteps(line: OneLine, start: string): Target[] {
  const { options, report } = line;
  // Flags have no place in the text: what is wrong in them is told at its beginning.
  const places = new Places();
  const { target, commands, adaptive, conditions = "" } = options;
  const first = new Line(places, { target });
  const steps = cutLine(start, { commands }).flatMap((stage) => first.stage(stage));
  const last = steps.at(-1);
  const giver = first.names.at(-1);
  if (!last || giver === undefined) {
    report.add({
      code: "USAGE",
      message: 'Cannot use "--start": it names no command',
      fix: 'write --start="/auto"',
    });
    return [];
  }
  if (/^[\w-]+$/.test(conditions) && !Object.hasOwn(namedRoutings, conditions)) {
    unknownRouting(line, conditions);
    return [];
  }
  const facts = factsOf(`${giver}.output`);
  const text = Object.hasOwn(namedRoutings, conditions) ? (namedRoutings[conditions] ?? "") : conditions;
  const context = { previous: outputOf(giver) };
  const flow = { text, report, places, facts, target, commands, context, adaptive, placed: false };
  const decisions = [...conditionsOfLine(flow)];
  last["output"] = factsSchema(facts);
  return [...steps, { name: "route", flow: { conditions: decisions, ...adaptiveOf(options) } }];
}

function unknownRouting({ report }: OneLine, name: string): void {
  const names = Object.keys(namedRoutings);
  const guess = report.nearest(name, names);
  report.add({
    code: "USAGE",
    message: `Cannot use the conditions "${name}": there is no routing of this name`,
    fix: `${guess ? `write "${guess}"` : `write ${names.join(", ")}`}, or "if CONDITION then COMMAND else COMMAND"`,
  });
}
