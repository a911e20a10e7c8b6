import type { Step } from "../language/workflow.ts";
import { compiledStep } from "./compiled.ts";

/** What may be asked of a step that did not end well. */
const askable = new Set(["status", "error", "exit_code", "attempts", "tried"]);

/**
 * True when a step runs although the one it waits for did not end well: it only comes after it (order, file
 * conflict), or it asks for nothing but how it ended (`scan.status`, `scan.error`).
 */
export function toleratesFailure(step: Step, needed: string): boolean {
  const needs = step.needs.filter((need) => need.step === needed);
  if (needs.some((need) => need.because === "depends_on")) return false;
  if (!needs.some((need) => need.because === "reference")) return true;
  return compiledStep(step)
    .references.filter((reference) => reference.root === needed)
    .every((reference) => askable.has(reference.path[0] ?? ""));
}
