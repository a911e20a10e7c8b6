import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Outcome } from "../core/outcome.ts";
import type { Tutti } from "../verbs/tutti.ts";

/** What to say of printed lines whose files are gone; undefined when none is missing. */
export async function lostOutputText(
  tutti: Tutti,
  { runId, isWanted }: { readonly runId: string; readonly isWanted: (address: string) => boolean },
): Promise<string | undefined> {
  const events = await tutti.events(runId);
  const files: string[] = [];
  let life = 1;
  for (const event of events) {
    if (event.type === "run.restarted") life += 1;
    if (event.type !== "attempt.ended" || !hasPrinted(event) || !isWanted(event.address)) continue;
    files.push(tutti.outputFile({ runId, life, address: event.address, attempt: event.attempt }));
  }
  const lost = files.find((file) => !existsSync(file));
  if (lost === undefined) return undefined;
  return `printed lines are gone: their files are not in ${dirname(lost)} any more; results are kept: tutti show ${runId} NODE`;
}

function hasPrinted({ outcome }: { readonly outcome: Outcome }): boolean {
  if (outcome.cached) return false;
  const { stdoutBytes, stderr } = outcome.details ?? {};
  return Boolean(outcome.stdout) || Boolean(stdoutBytes) || Boolean(stderr);
}
