import type { Outcome } from "../../core/outcome.ts";
import type { JsonObject } from "../../expression/json.ts";

export interface Evidence extends JsonObject {
  /** What was found, in a sentence. */
  readonly summary: string;
  /** What has to be mended, at length. */
  readonly output?: string;
}

export function held(evidence: Evidence): Outcome {
  return { ok: true, evidence };
}

export function notHeld(evidence: Evidence): Outcome {
  return { ok: false, evidence };
}

/** What was asked cannot be found out, so it does not hold. `fix`: what whoever wrote the gate, or the step, can do. */
export function notKnown(summary: string, fix: string, facts: JsonObject = {}): Outcome {
  return { ok: false, evidence: { ...facts, summary: `${summary}; ${fix}` } };
}

/** "1 file", "3 files". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** The first lines of a list, and how many more there are. */
export function listed(lines: readonly string[], most: number): string {
  const more = lines.length - most;
  return [...lines.slice(0, most), ...(more > 0 ? [`… and ${more} more`] : [])].join("\n");
}
