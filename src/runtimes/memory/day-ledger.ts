import { countedUsd, dayOf, isOver, keptDays } from "../../core/policies/day.ts";
import type { DayLedger, Spending } from "../../ports/day-ledger.ts";
import { nextNumber } from "./disk.ts";
import { turn, type MemoryParts } from "./process.ts";

export function createDayLedger(parts: MemoryParts): DayLedger {
  const { spending } = parts.disk;
  const ofDay = (day: string): readonly Spending[] =>
    [...spending.values()].filter(({ at }) => dayOf(at) === day);
  return {
    begin: (entry, cap) =>
      turn(parts, () => {
        const usedUsd = ofDay(dayOf(entry.at))
          .filter(({ rehearsal }) => rehearsal === entry.rehearsal)
          .reduce((sum, one) => sum + countedUsd(one), 0);
        const over = cap !== undefined && isOver(cap, { usedUsd, ...entry });
        if (over && cap.enforced) return { usedUsd, over };
        forget(entry.at);
        const id = nextNumber(parts.disk);
        spending.set(id, { ...entry, state: "held", costUsd: null, tokens: 0 });
        return { id, usedUsd, over };
      }),
    end: (id, spent) =>
      turn(parts, () => {
        const entry = spending.get(id);
        if (entry) spending.set(id, { ...entry, ...spent, state: "ended" });
      }),
    cancel: (id) => turn(parts, () => void spending.delete(id)),
    entries: (day) => turn(parts, () => ofDay(day)),
  };

  function forget(now: number): void {
    for (const [id, { at }] of spending) if (at < now - keptDays * 86_400_000) spending.delete(id);
  }
}
