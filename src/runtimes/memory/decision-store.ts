import { addCases, noCases, casesOf } from "../../core/cases.ts";
import type { DecisionEnd, DecisionStore, KnownDecision, TakenWay } from "../../ports/decision-store.ts";
import { endsByWay } from "../decision-sums.ts";
import { turn, type MemoryParts } from "./process.ts";

export function createDecisionStore(parts: MemoryParts): DecisionStore {
  const { decisions } = parts.disk;
  return {
    record: (ends) =>
      turn(parts, () => {
        for (const end of ends) decisions.set(`${end.decision.key} ${end.runId} ${end.address}`, end);
      }),
    cases: (keys, { exceptRun } = {}) =>
      turn(parts, () => {
        const ends = [...decisions.values()].filter(
          ({ runId, decision }) => runId !== exceptRun && keys.includes(decision.key),
        );
        return Object.fromEntries(knownOf(ends).map(({ key, taken }) => [key, talliesOf(taken)]));
      }),
    list: ({ workflow } = {}) =>
      turn(parts, () => {
        const known = knownOf([...decisions.values()].filter((end) => isOf(end, workflow)));
        return known.toSorted((a, b) => b.at - a.at || (a.key < b.key ? -1 : 1));
      }),
    clear: ({ workflow } = {}) =>
      turn(parts, () => {
        const gone = [...decisions].filter(([, end]) => isOf(end, workflow));
        for (const [name] of gone) decisions.delete(name);
        return gone.length;
      }),
  };
}

function isOf({ decision }: DecisionEnd, workflow: string | undefined): boolean {
  return workflow === undefined || decision.workflow === workflow;
}

function knownOf(ends: readonly DecisionEnd[]): readonly KnownDecision[] {
  const known = new Map<string, KnownDecision>();
  for (const [newest, ...others] of endsByWay(ends)) {
    if (!newest) continue;
    const { decision, way, at } = newest;
    const before = known.get(decision.key);
    const taken = { ...before?.taken, [way]: sumOf([newest, ...others]) };
    const latest = before && before.at > at ? before : { ...decision, at };
    known.set(decision.key, { ...latest, taken });
  }
  return [...known.values()];
}

function sumOf(ends: readonly DecisionEnd[]): TakenWay {
  const cases = ends.map(casesOf).reduce(addCases, noCases);
  const durations = ends.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return { ...cases, meanDurationMs: durations / ends.length };
}

function talliesOf(taken: KnownDecision["taken"]) {
  return Object.fromEntries(
    Object.entries(taken).map(([way, { meanDurationMs: _, ...cases }]) => [way, cases]),
  );
}
