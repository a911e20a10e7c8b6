import { fold } from "../core/apply.ts";
import type { Event, TakenResults } from "../core/events.ts";
import { wayOf } from "../core/node.ts";
import type { KeptWay } from "../core/tried-way.ts";
import { notUsedAgain } from "../core/undone.ts";

export type KeptWays = readonly (readonly [address: string, kept: KeptWay])[];

/** How the run would stand if it was restarted when so much of its log had happened. */
export function restartedAt(events: readonly Event[], seq: number): ReturnType<typeof fold> {
  const part = events.slice(0, seq);
  const state = fold(part, { beforeRestart: true });
  if (!state) return undefined;
  const { at } = state;
  const restarted = { type: "run.restarted", at, reason: "", drop: [], ...notUsedAgain(state, {}) } as const;
  return fold([...part, restarted]);
}

/** Branches that had come to a way after others had failed, and how far. */
export function waysAt(events: readonly Event[], seq: number): KeptWays {
  if (!events.some(isNext)) return [];
  return [...(restartedAt(events, seq)?.learning.taken ?? [])].filter(([, { tried }]) => tried.length > 0);
}

function isNext(event: Event): boolean {
  return event.type === "branch.decided" && event.after !== undefined;
}

/** What a run that goes to a point of its log has to know of such branches: where they stood then, where they stand elsewhere now. */
export function waysTo(events: readonly Event[], seq: number): KeptWays {
  const now = new Map(waysAt(events, events.length));
  const then = new Map(waysAt(events, seq));
  const changed = [...new Set([...now.keys(), ...then.keys()])].filter(
    (address) => JSON.stringify(now.get(address)) !== JSON.stringify(then.get(address)),
  );
  if (changed.length === 0) return [];
  const state = fold(events.slice(0, seq));
  return changed.map((address) => {
    const node = state?.byAddress.get(address);
    return [address, then.get(address) ?? { way: (node && wayOf(node)) ?? null, tried: [] }];
  });
}

/** What a run takes over, where there is any. */
export function takePart(
  from: TakenResults["from"],
  { results, ways }: Pick<TakenResults, "results"> & { readonly ways: KeptWays },
): { readonly take?: TakenResults } {
  if (results.length === 0 && ways.length === 0) return {};
  return { take: { from, results, ...(ways.length > 0 ? { ways } : {}) } };
}
