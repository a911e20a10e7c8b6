import type { StepLimits } from "../language/workflow.ts";
import type { LimitHit } from "./outcome.ts";
import { amount, capName, exactness, type Forbidden, isAudit, usedBy } from "./policies/limits.ts";
import { executedMs } from "./run-time.ts";
import type { Used } from "./spending.ts";
import type { RunState } from "./state.ts";

/** How many caps, and how many runs, are named. */
const most = 3;

/** The caps that were passed, of a run, of what is in it, and of the runs inside it, in words; undefined: none. */
export function passedIn(state: RunState): string | undefined {
  const inside = [...state.children.values()].flatMap(({ id, passed }) =>
    passed === undefined ? [] : [`run ${id}: ${passed}`],
  );
  const more = inside.length > most ? [`and ${inside.length - most} more runs`] : [];
  const own = [...passedByRun(state), ...passedByNodes(state)];
  const all = [passedText(own) ?? [], inside.slice(0, most), more].flat();
  return all.length === 0 ? undefined : all.join("; ");
}

/** The caps of the run that were passed: by agents together while they were under way, or because they are only told. */
function passedByRun(state: RunState): readonly Forbidden[] {
  const { limits, budget } = state;
  const { dayUsd = Number.POSITIVE_INFINITY } = limits;
  const used = { ...usedBy(state), timeMs: executedMs(state, state.at) };
  const day = budget.dayPassed && { ...budget.dayPassed, cap: dayUsd };
  return [...hitsOf(state, { limits, used }), ...(day && isPassed(day) ? [day] : [])];
}

/** The same of steps, blocks and called workflows; of rounds that are forgotten nobody knows any more. */
function passedByNodes(state: RunState): readonly Forbidden[] {
  if (state.budget.used.size === 0) return [];
  return [...state.byAddress.values()].flatMap(({ address: of, plan }) => {
    const used = state.budget.used.get(of);
    const { limits } = plan.step;
    return used && limits ? hitsOf(state, { limits, used }).map((hit) => ({ ...hit, of })) : [];
  });
}

const capped = ["costUsd", "tokens", "agents", "timeMs"] as const;

function hitsOf(
  state: RunState,
  { limits, used }: { readonly limits: StepLimits; readonly used: Used },
): readonly LimitHit[] {
  return capped
    .map((limit) => ({ limit, used: used[limit], cap: limits[limit] ?? Number.POSITIVE_INFINITY }))
    .filter((hit) => isPassed(hit) && (hit.limit !== "timeMs" || isAudit(state)));
}

function isPassed({ used, cap }: LimitHit): boolean {
  return used > cap + exactness;
}

/** `the caps on cost ($5.40 of $1.00) and agents of "look" (5 of 3) were passed` */
function passedText(hits: readonly Forbidden[]): string | undefined {
  const [first] = hits;
  if (!first) return undefined;
  const have = ({ limit, used, cap }: Forbidden): string =>
    `(${amount(limit, used)} of ${amount(limit, cap)})`;
  if (hits.length === 1) return `the cap on ${nameOf(first)} was passed ${have(first)}`;
  const named = hits.slice(0, most).map((hit) => `${nameOf(hit)} ${have(hit)}`);
  const all = hits.length > most ? [...named, `${hits.length - most} more`] : named;
  return `the caps on ${all.slice(0, -1).join(", ")} and ${all.slice(-1).join("")} were passed`;
}

function nameOf({ limit, of }: Forbidden): string {
  return of === undefined ? capName(limit) : `${capName(limit)} of "${of}"`;
}
