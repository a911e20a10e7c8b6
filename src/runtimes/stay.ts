import { nodeAt, type RunState } from "../core/state.ts";
import { boundsWork } from "../core/time-cap.ts";

/** When a process goes although the run that it drives is not over: it only waits. */
export interface Stay {
  /** How long to stay for the next timer when nothing else is to do; ms. Default: as long as it takes. */
  readonly stayMs?: number;
  /** The same for a deadline until which somebody may answer or send a signal. Default: `stayMs`. */
  readonly stayAskedMs?: number;
  /** Stays as long as it takes, also for what has no time. */
  readonly stayToEnd?: boolean;
}

interface Waiting {
  readonly state: RunState;
  /** Ms since the epoch. */
  readonly now: number;
  readonly stay: Stay;
}

/** True when the process stays for one of these timers. */
export function staysFor(
  timers: ReadonlyMap<string, { readonly dueAt: number }>,
  { state, now, stay }: Waiting,
): boolean {
  const { stayMs = Number.POSITIVE_INFINITY, stayAskedMs = stayMs, stayToEnd = false } = stay;
  if (stayToEnd) return true;
  for (const [id, { dueAt }] of timers) {
    const mostMs = isAnswerDeadline(state, id) ? stayAskedMs : stayMs;
    // nothing is worked on while the run waits
    if (!boundsWork(id) && dueAt - now <= mostMs) return true;
  }
  return false;
}

/** True for the deadline of what somebody outside is to say: it holds also when nobody watches it. */
function isAnswerDeadline(state: RunState, timer: string): boolean {
  const node = isWaitingTimer(timer) ? nodeAt(state, timer.slice(waiting.length)) : undefined;
  return node?.ask !== undefined || node?.signal !== undefined;
}

/** True for the end of what a node waits for. */
export function isWaitingTimer(timer: string): boolean {
  return timer.startsWith(waiting);
}

const waiting = "waiting:";
