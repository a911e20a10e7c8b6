import { isTuttiError, messageOf } from "../errors.ts";
import { compileExpression, type Expression, type Scope } from "../expression/expression.ts";
import { isObject, type Json, type JsonObject } from "../expression/json.ts";
import type { StreamAlert } from "../language/pipeline.ts";
import { alertFigures } from "./alert-figures.ts";
import type { RingingAlert, StreamFigures } from "./figures.ts";

/** How the alerts of a pipeline stand, by name; those that are not in it are quiet. Kept, so that a new process tells none again. */
export type AlertStates = Readonly<Record<string, AlertState>>;

/** Its condition has been true since then, and people were told so or not yet. */
export interface AlertState {
  readonly since: number;
  readonly raised: boolean;
}

/** What people are to be told. */
export interface AlertNews {
  readonly alert: StreamAlert;
  readonly raised: boolean;
  readonly text: string;
}

export interface AlertWatch {
  /** How they stand at this time, and what is news: each raised alert once, and once that it is over. */
  look(
    states: AlertStates,
    now: { readonly figures: StreamFigures; readonly at: number },
  ): { readonly states: AlertStates; readonly news: readonly AlertNews[] };
  /** When one is to be raised, should its condition still be true. */
  dueAt(states: AlertStates): number | undefined;
}

/** Throws what `compileExpression` throws. */
export function compileAlerts(alerts: readonly StreamAlert[]): AlertWatch {
  const conditions = alerts.map((alert) => ({ alert, when: compileExpression(alert.when) }));
  return {
    look: (states, { figures, at }) => {
      const values = alertFigures(figures);
      const looked = conditions.map(({ alert, when }) => {
        const before = stateOf(states, alert);
        return { alert, before, ...judged({ alert, when, before }, { values, at }) };
      });
      return {
        states: Object.fromEntries(
          looked.flatMap(({ alert, state }) => (state ? [[alert.name, state]] : [])),
        ),
        news: looked.flatMap(({ alert, before, state, text }) => {
          const raised = state?.raised === true;
          return raised === (before?.raised === true) ? [] : [{ alert, raised, text }];
        }),
      };
    },
    dueAt: (states) => {
      const due = alerts.flatMap((alert) => {
        const state = stateOf(states, alert);
        return state && !state.raised ? [state.since + alert.forMs] : [];
      });
      return due.length === 0 ? undefined : Math.min(...due);
    },
  };
}

/** Those that people were told of and that are not over; `kept`: how they stand, as it is kept. */
export function ringing(alerts: readonly StreamAlert[], kept: Json): readonly RingingAlert[] {
  const states = (isObject(kept) ? kept : {}) as unknown as AlertStates;
  return alerts.flatMap((alert) => {
    const state = stateOf(states, alert);
    return state?.raised ? [{ name: alert.name, when: alert.when, since: state.since }] : [];
  });
}

function stateOf(states: AlertStates, { name }: StreamAlert): AlertState | undefined {
  return Object.hasOwn(states, name) ? states[name] : undefined;
}

interface Watched {
  readonly alert: StreamAlert;
  readonly when: Expression;
  readonly before: AlertState | undefined;
}

/** One that cannot be decided counts as true: people should hear that nothing watches. */
function judged(
  { alert, when, before }: Watched,
  { values, at }: { readonly values: JsonObject; readonly at: number },
): { readonly state: AlertState | undefined; readonly text: string } {
  const { name, forMs } = alert;
  const scope: Scope = (root) => (Object.hasOwn(values, root) ? values[root] : undefined);
  const { holds, why } = decided(when, scope);
  if (!holds) return { state: undefined, text: `Alert "${name}" is over: ${why}` };
  // a clock that was set back does not make it wait longer
  const since = Math.min(before?.since ?? at, at);
  const raised = before?.raised === true || at - since >= forMs;
  return { state: { since, raised }, text: `Alert "${name}": ${why}` };
}

function decided(when: Expression, scope: Scope): { readonly holds: boolean; readonly why: string } {
  try {
    const value = when.evaluate(scope);
    if (typeof value === "boolean") return { holds: value, why: `${when.source} (${seenBy(when, scope)})` };
    return { holds: true, why: `"${when.source}" gave ${JSON.stringify(value)}, not true or false` };
  } catch (error) {
    if (!isTuttiError(error)) throw error;
    return { holds: true, why: messageOf(error) };
  }
}

/** The figures that a condition names, with their values. */
function seenBy({ references }: Expression, scope: Scope): string {
  const paths = new Map(references.map(({ root, path }) => [[root, ...path].join("."), { root, path }]));
  return [...paths].map(([name, { root, path }]) => `${name} ${shownAt(scope(root), path)}`).join(", ");
}

function shownAt(value: unknown, path: readonly string[]): string {
  let at = value;
  for (const key of path) at = isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  if (typeof at === "number") return String(Number(at.toPrecision(3)));
  return at === undefined || isObject(at) ? "unknown" : JSON.stringify(at);
}
