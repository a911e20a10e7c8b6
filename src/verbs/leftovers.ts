import { TuttiError } from "../errors.ts";
import type { Parts } from "./parts.ts";

/** Stops processes that the run's last owner left behind when it was killed. */
export async function stopLeftovers(parts: Parts, { runId }: { readonly runId: string }): Promise<void> {
  const { survivors } = await parts.processes.killMarked("TUTTI_RUN", runId);
  if (survivors.length === 0) return;
  throw new TuttiError(
    "RUN_STATE",
    `Cannot take up run "${runId}": processes of its last owner are still running and cannot be stopped: ${survivors.join(", ")}`,
    { fix: `stop them yourself (kill -9 ${survivors.join(" ")}), then try again` },
  );
}
