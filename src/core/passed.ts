import { passedCaps, passedText } from "./policies/limits.ts";
import type { RunState } from "./state.ts";

/** How many runs are named. */
const most = 3;

/** The caps that were passed, of a run and of those inside it, in words; undefined: none. */
export function passedIn(state: RunState): string | undefined {
  const inside = [...state.children.values()].flatMap(({ id, passed }) =>
    passed === undefined ? [] : [`run ${id}: ${passed}`],
  );
  const more = inside.length > most ? [`and ${inside.length - most} more runs`] : [];
  const all = [passedText(passedCaps(state)) ?? [], inside.slice(0, most), more].flat();
  return all.length === 0 ? undefined : all.join("; ");
}
