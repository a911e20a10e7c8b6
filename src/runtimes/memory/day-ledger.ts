import { countedUsd, dayOf, isOver, keptDays } from "../../core/policies/day.ts";
import type { DayLedger, EndedSpending, Spending, Spent } from "../../ports/day-ledger.ts";
import { type MemoryDisk, nextNumber, type StoredSpending } from "./disk.ts";
import { turn, type MemoryParts } from "./process.ts";

export function createDayLedger(parts: MemoryParts): DayLedger {
  const { spending } = parts.disk;
  // what has ended and is not written yet
  const over = new Map<number, Spent>();
  const ofDay = (day: string): readonly StoredSpending[] =>
    [...spending].filter(([, { at }]) => dayOf(at) === day).map(([id, one]) => known(one, over.get(id)));
  const sumOf = (entries: readonly StoredSpending[]): number =>
    entries.reduce((sum, one) => sum + countedUsd(one), 0);
  return {
    begin: (entry, cap) =>
      turn(parts, () => {
        const counted = ofDay(dayOf(entry.at)).filter(({ rehearsal }) => rehearsal === entry.rehearsal);
        const usedUsd = sumOf(counted);
        const over = cap !== undefined && isOver(cap, { usedUsd, ...entry });
        if (over && cap.enforced) return { usedUsd, heldUsd: sumOf(counted.filter(isUnderWay)), over };
        forget(entry.at);
        const id = nextNumber(parts.disk);
        spending.set(id, { ...entry, state: "held", costUsd: null, tokens: 0, holder: parts.process });
        return { id, usedUsd, over };
      }),
    end: async (id, spent, by) => {
      const ended = { id, ...spent };
      const write = () => turn(parts, () => endSpending(parts.disk, ended));
      over.set(id, spent);
      await (by ? by(ended).catch(write) : write());
      over.delete(id);
    },
    cancel: (id) => turn(parts, () => void spending.delete(id)),
    entries: (day) => turn(parts, () => ofDay(day).map(shown)),
  };

  function forget(now: number): void {
    for (const [id, { at }] of spending) if (at < now - keptDays * 86_400_000) spending.delete(id);
  }
}

export function endSpending({ spending }: MemoryDisk, { id, ...spent }: EndedSpending): void {
  const entry = spending.get(id);
  if (entry) spending.set(id, known(entry, spent));
}

function known(entry: StoredSpending, spent: Spent | undefined): StoredSpending {
  return spent && entry.state === "held" ? { ...entry, ...spent, state: "ended" } : entry;
}

function shown({ holder, ...entry }: StoredSpending): Spending {
  return entry.state === "held" && holder?.state !== "alive" ? { ...entry, state: "lost" } : entry;
}

function isUnderWay({ state, holder }: StoredSpending): boolean {
  return state === "held" && holder?.state === "alive";
}
