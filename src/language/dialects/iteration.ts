import { isObject, type Json } from "../../expression/json.ts";
import type { Located } from "../read/loading.ts";
import { wrongType } from "../read/read-object.ts";
import type { Builder, MemberAt, Target } from "./builder.ts";
import { snake } from "./command-list.ts";
import { roundsOf } from "./rounds.ts";

export interface Iteration {
  readonly members: readonly MemberAt[];
  readonly pattern: string;
  readonly steps: Json;
}

const criteriaKeys = ["criteria", "convergence_criteria"];
const maxKeys = ["max_iterations"];
/** Keys of a workflow that say how it is repeated. */
export const roundKeys: readonly string[] = [...criteriaKeys, ...maxKeys];

/** The commands as rounds of a loop, when the workflow says how often or until when; else as they are. */
export function translateRounds(builder: Builder, { members, pattern, steps }: Iteration): Json {
  const of = (keys: readonly string[]) => members.find(({ key }) => keys.includes(snake(key)))?.at;
  const criteria = of(criteriaKeys);
  const max = of(maxKeys);
  const from = criteria ?? max;
  if (!from && /iterat/i.test(pattern)) reportEndless(builder, members, pattern);
  const targets = targetsIn(steps);
  if (!from || !targets) return steps;
  if (!criteria || !targets.at(-1)?.["steps"]) return loopOver(builder, { targets, from, criteria, max });
  reportGroup(builder, criteria);
  return steps;
}

interface LoopOver {
  readonly targets: readonly Target[];
  readonly from: Located;
  readonly criteria: Located | undefined;
  readonly max: Located | undefined;
}

function loopOver(builder: Builder, { targets, from, criteria, max }: LoopOver): Json {
  const condition = criteria && conditionOf(builder, criteria);
  const rounds = roundsOf({ steps: targets, criteria: condition });
  const repeat = rounds["repeat"] as Target;
  const { until } = repeat;
  if (criteria && until !== undefined) builder.put(repeat, "until", { from: criteria, value: until });
  if (max) builder.put(repeat, "max", { from: max });
  return builder.list([{ value: rounds, from }]);
}

/** The steps, when each of them is one. */
function targetsIn(steps: Json): readonly Target[] | undefined {
  const all: readonly Json[] = Array.isArray(steps) ? steps : [null];
  return all.every((step) => isObject(step)) ? (all as readonly Target[]) : undefined;
}

/** One condition, or several that must all hold; after a mistake anything, so that it is the only one. */
function conditionOf({ loading }: Builder, at: Located): string | undefined {
  const all: readonly Json[] = Array.isArray(at.value) ? at.value : [at.value];
  const texts = all.filter((one) => typeof one === "string");
  if (texts.length === all.length && texts.length > 0) {
    return texts.length === 1 ? texts[0] : texts.map((one) => `(${one})`).join(" AND ");
  }
  const wanted = "quality_threshold_90, a condition, or a list of conditions";
  wrongType(loading, { at, what: '"criteria"', wanted });
  return "true";
}

function reportGroup({ loading }: Builder, { spot: at }: Located): void {
  loading.report.add({
    code: "BAD_VALUE",
    message: "Cannot ask for the criteria: the last commands run together, and none of them speaks for all",
    fix: "end with one command",
    at,
    part: "key",
  });
}

function reportEndless({ loading }: Builder, members: readonly MemberAt[], pattern: string): void {
  const written = members.find(({ at }) => at.value === pattern);
  loading.report.add({
    code: "MISSING_KEY",
    message: `Cannot run a workflow of the pattern "${pattern}": it does not say when it ends`,
    fix: 'add "criteria:", such as quality_threshold_90, or "max_iterations:"',
    ...(written ? { at: written.at.spot, part: "key" as const } : {}),
  });
}
