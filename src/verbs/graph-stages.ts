import { type PipelineAction, type Sink, type Stage, sourceName } from "../language/pipeline.ts";
import type { PlanNode } from "../core/plan.ts";
import { workText } from "./plan-pipelines.ts";

/** A source, stage or sink of a pipeline, as it is drawn. */
export interface DrawnPlace {
  readonly name: string;
  readonly label: string;
  readonly from: readonly string[];
}

/** The places of a pipeline, each after those it takes from; none of another node. */
export function placesOf({ step: { action } }: PlanNode): readonly DrawnPlace[] {
  return action.kind === "pipeline" ? drawn(action) : [];
}

function drawn({ source, stages, sinks }: PipelineAction): readonly DrawnPlace[] {
  const about = source.kind === "records" || source.kind === "files" ? source.paths.join(", ") : source.kind;
  return [
    { name: sourceName, label: about, from: [] },
    ...stages.map((stage) => ({ name: stage.name, label: stageText(stage), from: stage.from })),
    ...sinks.map((sink) => ({ name: sink.name, label: sinkText(sink), from: sink.from })),
  ];
}

function stageText({ when, work, ...room }: Stage): string {
  const does = [...(when === undefined ? [] : [`when ${when}`]), ...(work ? [workText(work)] : [])];
  const isAsked = work?.kind === "run" || work?.kind === "function" || work?.kind === "workflow";
  return [does.join(", then "), ...(isAsked ? roomTexts(room) : [])].filter((text) => text !== "").join(", ");
}

function roomTexts({ batchSize, parallelism: { most } }: Pick<Stage, "batchSize" | "parallelism">) {
  return [...(batchSize > 1 ? [`batches of ${batchSize}`] : []), ...(most > 1 ? [`${most} at once`] : [])];
}

function sinkText(sink: Sink): string {
  switch (sink.kind) {
    case "records":
    case "files":
      return sink.path;
    case "command":
      return sink.line;
    case "http":
      return `${sink.method} ${sink.url}`;
    case "result":
      return "the output of the step";
  }
}
