import type { Failure } from "../core/outcome.ts";
import { timeOf } from "../core/why-text.ts";
import type { WorkContext } from "../ports/performer.ts";
import type { StreamHost, WaitingTry } from "../stream/host.ts";
import type { Parts } from "./parts.ts";

/** How soon it is seen that a circuit breaker was closed by somebody. */
const lookAgainMs = 1000;

/**
 * Says on the step that a pipeline is what its stages and sinks wait for, where that is more than a pause between two tries, and
 * lets them go on as soon as their circuit breaker is closed.
 */
export function waitTeller(
  parts: Pick<Parts, "clock" | "breakers">,
  stage: WorkContext["stage"],
): NonNullable<StreamHost["waiting"]> {
  const waiting = new Map<WaitingTry, string>();
  let told: string | null = null;
  const tell = (): void => {
    const [waits = null] = waiting.values();
    if (waits === told) return;
    told = waits;
    stage({ stage: "pipeline", ok: true, durationMs: 0, waits });
  };
  return (wait, free) => {
    const text = textOf(wait);
    if (text === undefined) return () => {};
    waiting.set(wait, text);
    tell();
    const forget = whenClosed(parts, wait.failure, free);
    return () => {
      forget();
      waiting.delete(wait);
      tell();
    };
  };
}

function textOf({ place, failure, dueAt }: WaitingTry): string | undefined {
  const where = `at "${place}" until ${timeOf(dueAt)}`;
  if (failure.breaker !== undefined) return `the circuit breaker of "${failure.breaker}" ${where}`;
  return failure.class === "quota" ? `the quota of what it asks ${where}` : undefined;
}

/** Calls back when nobody is held up any more by the breaker that forbade the try; the returned function ends that. */
function whenClosed(
  { clock, breakers }: Pick<Parts, "clock" | "breakers">,
  { breaker }: Failure,
  closed: () => void,
): () => void {
  let isOver = breaker === undefined;
  let forget = (): void => {};
  const look = async (): Promise<void> => {
    // one that cannot be read says nothing
    const all = await breakers.list().catch(() => undefined);
    if (isOver) return;
    if (all && !all.some(({ key, openUntil }) => key === breaker && openUntil !== undefined)) closed();
    else lookLater();
  };
  const lookLater = (): void => {
    forget = clock.at(clock.now() + lookAgainMs, () => void look());
  };
  if (!isOver) lookLater();
  return () => {
    isOver = true;
    forget();
  };
}
