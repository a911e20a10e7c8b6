import type { Json, JsonObject } from "../expression/json.ts";

/** Waits for people. */
export interface AskAction {
  readonly kind: "ask";
  /** `approval`: yes or no. `question`: a value of `schema`. */
  readonly ask: "approval" | "question";
  /** Template. */
  readonly text: string;
  /** Who may answer; empty: anybody. */
  readonly by: readonly string[];
  /** How many different people must approve; 1 for a question. */
  readonly quorum: number;
  /** JSON Schema of the answer of a question. */
  readonly schema?: JsonObject;
  /** Template that gives the answers there are, in place of a schema. */
  readonly answers?: string;
  readonly deadlineMs?: number;
  /** What happens at the deadline: the step fails, or this answer is taken. */
  readonly otherwise?: Json;
  readonly escalate: readonly Escalation[];
}
export interface Escalation {
  readonly afterMs: number;
  /** Where it is told; a webhook's URL is a template. `handover`: a written report on the run. */
  readonly notify:
    | "terminal"
    | "desktop"
    | "handover"
    | { readonly webhook: string }
    | { readonly command: string }
    | { readonly file: string };
}

/**
 * `escalate: default`. Whoever is at the terminal has 5 minutes, then the desktop is told; 15 minutes later the work
 * is somebody's to take up by hand, and 60 minutes later it is handed over with a report.
 */
export const standardEscalation: readonly Escalation[] = [
  { afterMs: 5 * 60_000, notify: "terminal" },
  { afterMs: 20 * 60_000, notify: "desktop" },
  { afterMs: 80 * 60_000, notify: "handover" },
];
