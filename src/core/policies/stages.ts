/**
 * The ten stages of a command, in order. The executor goes through the first seven; the core tells
 * the last three, which are its own: the check of the output, the gates, and the writing down of the end.
 */
export const stages = [
  "resolve",
  "metadata",
  "complexity_triage",
  "dependency_validation",
  "pre_execution_gates",
  "agent_deployment",
  "execution",
  "post_execution_validation",
  "quality_gates",
  "cleanup",
] as const;

export type Stage = (typeof stages)[number];

/** What is done about a failure in a stage. */
export type Recovery = "retry" | "human" | "rollback" | "partial_recovery" | "correct_input";

const recoveries: Readonly<Record<Stage, Recovery>> = {
  resolve: "correct_input",
  metadata: "correct_input",
  complexity_triage: "human",
  dependency_validation: "retry",
  pre_execution_gates: "human",
  agent_deployment: "retry",
  execution: "rollback",
  post_execution_validation: "partial_recovery",
  quality_gates: "human",
  cleanup: "retry",
};

export function recoveryOf(stage: string): Recovery | undefined {
  return Object.hasOwn(recoveries, stage) ? recoveries[stage as Stage] : undefined;
}
