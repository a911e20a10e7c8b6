import type { RunView } from "../core/view.ts";
import { isTuttiError } from "../errors.ts";
import type { ListedLanding } from "../verbs/landings.ts";
import type { Tutti } from "../verbs/tutti.ts";
import { isFinal } from "./next.ts";

/** Where a run has landed, and how many files of it have not. */
export interface LandingFacts {
  readonly landed: readonly ListedLanding[];
  readonly filesToLand: number;
}

export async function landingFacts(tutti: Tutti, view: RunView): Promise<LandingFacts> {
  const [landed, filesToLand] = await Promise.all([
    orElse([], () => tutti.landings(view.id)),
    countToLand(tutti, view),
  ]);
  return { landed, filesToLand };
}

export async function countToLand(tutti: Tutti, { id, status }: RunView): Promise<number> {
  return isFinal(status) ? orElse(0, async () => (await tutti.filesToLand(id)).length) : 0;
}

/** Names of the branches that runs have landed on. */
export function branchesOf(
  tutti: Tutti,
  runIds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  return orElse(new Map(), () => tutti.branchesLandedOn(runIds));
}

/** What git does not tell is no trouble of the run: landing says it. */
async function orElse<T>(nothing: T, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (isTuttiError(error)) return nothing;
    throw error;
  }
}
