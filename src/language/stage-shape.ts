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

/** What a step says otherwise when it is a stage. */
export const notOfStages = {
  depends_on: "write `from:` with the stages it takes from",
  error_strategy: "write `on_failure: dead`, isolate or fail",
  workspace: "take it out: a pipeline works in the project's folder",
  uses: "say how many batches may be in work with `parallelism:`; each of them is a run of its own",
  locks: "write `parallelism: 1`; each batch is a run of its own",
  undo: "take it out: what a batch has done is not taken back",
  board: "take it out: a stage has no blackboard around it",
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
    ...stepShape.notSupported,
    pipeline: "write its stages into this pipeline",
  },
  meant: stepShape.meant,
  inside: {
    for_each: stepShape.inside.for_each,
    repeat: stepShape.inside.repeat,
    swarm: stepShape.inside.swarm,
  },
} as const satisfies Shape;

export const stageKeys: ReadonlySet<string> = new Set([
  ...Object.keys(stageShape.leaves),
  ...stageShape.parts,
]);
