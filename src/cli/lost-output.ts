import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Event, Outcome } from "../core/events.ts";
import type { Tutti } from "../verbs/tutti.ts";

/** What to say of printed lines whose files are gone; undefined when none is missing. */
export async function lostOutputText(
  tutti: Tutti,
  { runId, isWanted }: { readonly runId: string; readonly isWanted: (address: string) => boolean },
): Promise<string | undefined> {
  const events = await tutti.events(runId);
  const printed = events.filter(
    (event): event is Ended => event.type === "attempt.ended" && hasPrinted(event),
  );
  const files = printed
    .filter(({ address }) => isWanted(address))
    .map(({ address, attempt }) => tutti.outputFile({ runId, address, attempt }));
  const lost = files.find((file) => !existsSync(file));
  if (lost === undefined) return undefined;
  return `printed lines are gone: their files are not in ${dirname(lost)} any more; results are kept: tutti show ${runId} NODE`;
}

type Ended = Extract<Event, { type: "attempt.ended" }>;

function hasPrinted({ outcome }: { readonly outcome: Outcome }): boolean {
  if (outcome.cached) return false;
  const { stdoutBytes, stderr } = outcome.details ?? {};
  return Boolean(outcome.stdout) || Boolean(stdoutBytes) || Boolean(stderr);
}
