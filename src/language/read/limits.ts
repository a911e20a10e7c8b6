import { isObject, type JsonObject } from "../../expression/json.ts";
import { defined } from "../defined.ts";
import { limitsShape, stepLimitsShape } from "../shapes.ts";
import { defaultLimits, type LimitRules, type Limits, type StepLimits } from "../workflow.ts";
import { type Loading, type Located, memberOf } from "./loading.ts";
import { readObject } from "./read-object.ts";

export interface ReadLimits {
  readonly limits: Limits;
  readonly rules?: LimitRules;
  /** Those that the file itself says and that hold wherever its steps run. */
  readonly own?: StepLimits;
}

/** Reads the `limits:` of a workflow; what it does not say is as the defaults are. */
export function readLimits(loading: Loading, at: Located | undefined): ReadLimits {
  const read = at && readObject(loading, at, limitsShape);
  if (!read) return { limits: defaultLimits };
  const { cost, tokens, agents, time, parallel, output, day, mode, on_limit: onLimit } = read.leaves;
  const own = defined({ costUsd: cost, tokens, agents, timeMs: time });
  const others = defined({ parallel, outputBytes: output, dayUsd: day });
  return {
    limits: { ...defaultLimits, ...own, ...others },
    ...(mode === undefined && onLimit === undefined ? {} : { rules: defined({ mode, onLimit }) }),
    ...(Object.keys(own).length === 0 ? {} : { own }),
  };
}

/** Reads the `limits:` of a step. */
export function readStepLimits(loading: Loading, at: Located | undefined): StepLimits | undefined {
  const read = at && readObject(loading, at, stepLimitsShape);
  if (!read) return undefined;
  const { cost, tokens, agents, time } = read.leaves;
  return defined({ costUsd: cost, tokens, agents, timeMs: time });
}

/** Reports caps on agents at a step that asks none. */
export function reportAgentCaps({ report }: Loading, at: Located | undefined, kind: string): void {
  if (!at || !isObject(at.value)) return;
  for (const key of ["cost", "tokens", "agents"].filter((cap) =>
    Object.hasOwn(at.value as JsonObject, cap),
  )) {
    report.add({
      code: "UNKNOWN_KEY",
      message: `Cannot use "${key}" in the \`limits\` here: a step of this kind (${kind}) asks no agent`,
      fix: "remove it; its `time` may have a cap",
      at: memberOf(at, key)?.spot ?? at.spot,
      part: "key",
    });
  }
}

/** Of two caps the lower one holds. */
export function lowerLimits(
  one: StepLimits | undefined,
  other: StepLimits | undefined,
): StepLimits | undefined {
  if (!one || !other) return one ?? other;
  const least = (name: keyof StepLimits): number | undefined => {
    const caps = [one[name], other[name]].filter((cap) => cap !== undefined);
    return caps.length === 0 ? undefined : Math.min(...caps);
  };
  return defined({
    costUsd: least("costUsd"),
    tokens: least("tokens"),
    agents: least("agents"),
    timeMs: least("timeMs"),
  });
}
