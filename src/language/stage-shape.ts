import * as leaf from "./leaves.ts";
import * as own from "./pipeline-leaves.ts";
import { type Shape, stepShape } from "./shapes.ts";

/** What a stage says of its records and batches. */
export const ofStages = {
  name: own.stageName,
  description: leaf.text,
  from: own.stagesFrom,
  when: leaf.looseText,
  key: leaf.filledText,
  order: own.order,
  batch_size: own.batchSize,
  batch_wait: leaf.duration,
  parallelism: own.parallelism,
  rate_limit: own.rate,
  on_failure: own.onFailure,
  into: leaf.variable,
} as const;

const ofSteps = [...Object.keys(stepShape.leaves), ...stepShape.parts].filter((key) => key !== "pipeline");

/** A stage has the keys of a step besides: those that its work is made of. */
export const stageShape = {
  what: "a stage",
  leaves: {
    ...ofStages,
    run: leaf.filledText,
    cwd: leaf.filledText,
    env: leaf.textRecord,
    function: leaf.filledText,
    timeout: leaf.positiveDuration,
  },
  parts: ["value", "reduce", "retry", "with", "args", ...ofSteps],
  notSupported: {
    pipeline: "write its stages into this pipeline",
  },
} as const satisfies Shape;

export const stageKeys: ReadonlySet<string> = new Set([
  ...Object.keys(stageShape.leaves),
  ...stageShape.parts,
]);
