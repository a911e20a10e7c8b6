import type { Taken } from "./flow/station.ts";

/** Names a batch for ever, in its pipeline. */
export function batchIdOf(name: string, { lane, no }: Pick<Taken, "lane" | "no">): string {
  return `${name}/${lane}.${no}`;
}
