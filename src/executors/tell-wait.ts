import type { Clock } from "../ports/clock.ts";
import type { WorkContext } from "../ports/performer.ts";

/** Shorter waits are not told. */
const toldAfterMs = 1000;

/** Says what an effect waits for before it is begun, when that takes long; the returned function says that it is over. */
export function tellWait(
  { stage, waits }: { readonly stage: string; readonly waits: string },
  { work, clock }: { readonly work: Pick<WorkContext, "stage">; readonly clock: Clock },
): () => void {
  const sinceMs = clock.now();
  let isTold = false;
  const forget = clock.at(sinceMs + toldAfterMs, () => {
    isTold = true;
    work.stage({ stage, ok: true, durationMs: 0, waits });
  });
  return () => {
    forget();
    if (isTold) work.stage({ stage, ok: true, durationMs: clock.now() - sinceMs, waits: null });
  };
}
