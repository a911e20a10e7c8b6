import type { Json } from "../expression/json.ts";
import { identifier } from "./checks/names.ts";
import { defined } from "./defined.ts";
import type { Target } from "./dialects/builder.ts";
import { factsOf, factsSchema, withFacts } from "./dialects/facts.ts";
import type { OneLine } from "./one-line.ts";
import type { LineStage } from "./one-line-parts.ts";

export interface Repeated {
  readonly steps: readonly Target[];
  readonly stages: readonly LineStage[];
}

/**
 * The commands as rounds of a loop: until `--criteria` holds for what the last of them gives, which is asked to give it,
 * and for `--max_iterations` rounds at most.
 */
export function loopOf(line: OneLine, { steps, stages }: Repeated): Target {
  const { criteria } = line.options;
  const max = maxOf(line);
  const [first] = steps;
  const last = steps.at(-1);
  if (first) {
    first["context"] = {
      ...asObject(first["context"]),
      ...defined({ criteria }),
      round_before: "${ rounds.last }",
    };
  }
  if (criteria === undefined || !last) return { name: "rounds", repeat: defined({ max }), steps: [...steps] };
  if (stages.at(-1)?.parallel) reportGroup(line);
  const { condition, measure } = criterionOf(criteria);
  const facts = factsOf(`rounds.last${memberOf(last["name"])}`);
  const until = withFacts(facts, condition);
  const plateau = measure === undefined ? undefined : { of: withFacts(facts, measure), rounds: 2 };
  last["output"] = factsSchema(facts);
  return { name: "rounds", repeat: defined({ until, max, plateau }), steps: [...steps] };
}

interface Criterion {
  readonly condition: string;
  /** The number that must grow. */
  readonly measure?: string;
}

/** `quality_threshold_90` → `quality_score >= 90`; anything else is a condition over the last command's output. */
function criterionOf(criteria: string): Criterion {
  const [, what = "", value] = /^(\w+?)_threshold_(\d+(?:\.\d+)?)$/.exec(criteria.trim()) ?? [];
  if (value === undefined) return { condition: criteria };
  const measure = what === "quality" ? "quality_score" : identifier(what);
  return { condition: `${measure} >= ${value}`, measure };
}

function maxOf({ options, report }: OneLine): number | undefined {
  const { maxIterations } = options;
  if (maxIterations === undefined) return undefined;
  const max = Number(maxIterations);
  if (Number.isInteger(max) && max > 0) return max;
  report.add({
    code: "USAGE",
    message: `Cannot repeat it "${maxIterations}" times: --max_iterations must be a whole number, 1 or more`,
    fix: 'write --max_iterations="3"',
  });
  return undefined;
}

function reportGroup({ report }: OneLine): void {
  report.add({
    code: "USAGE",
    message: 'Cannot use "--criteria" here: the last commands run together, and none of them speaks for all',
    fix: 'add --integration="/validate", or end with one command',
  });
}

function memberOf(name: Json | undefined): string {
  return typeof name === "string" ? `.${name}` : "";
}

function asObject(value: Json | undefined): Target {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Target) : {};
}
