import type { z } from "zod";
import type { Json } from "../expression/json.ts";
import type { EscalationDefinition, StepDefinition } from "./definition.ts";
import type * as own from "./pipeline-leaves.ts";
import type * as shape from "./pipeline-shapes.ts";
import type { Shape } from "./shapes.ts";
import type { notOfStages, ofStages } from "./stage-shape.ts";

type Leaves<S extends Pick<Shape, "leaves">> = {
  readonly [K in keyof S["leaves"]]?: z.input<S["leaves"][K]>;
};

/** A pipeline as an author writes it. */
export interface PipelineDefinition extends Leaves<typeof shape.pipelineShape> {
  /** A path, a URL, `-` for standard input (JSON lines), a template that gives a list, or an object. */
  readonly source: string | readonly string[] | SourceDefinition;
  readonly stages?: readonly StageDefinition[];
  readonly sink?: string | SinkDefinition;
  readonly sinks?: readonly (string | SinkDefinition)[];
  readonly flow_control?: Leaves<typeof shape.flowControlShape>;
  readonly monitoring?: Leaves<typeof shape.monitoringShape> & {
    readonly error_rate_alerting?: boolean | Leaves<typeof shape.errorRateShape>;
  };
  readonly alerts?: readonly AlertDefinition[];
}

export interface SourceDefinition extends Leaves<typeof shape.sourceShape> {
  readonly stdin?: true | z.input<typeof own.format>;
  readonly http?: string | Leaves<typeof shape.httpSourceShape>;
  readonly listen?: number | Leaves<typeof shape.listenShape>;
}

/** Keys of a step that a stage has as well. */
type OfSteps = Omit<StepDefinition, keyof typeof notOfStages | keyof typeof ofStages | "pipeline">;

export interface StageDefinition extends OfSteps, Leaves<{ readonly leaves: typeof ofStages }> {
  readonly reduce?: ReduceDefinition;
}

export interface ReduceDefinition {
  readonly window?: string | Leaves<typeof shape.windowShape>;
  readonly by?: string | readonly string[] | Readonly<Record<string, string>>;
  readonly give?: Readonly<Record<string, "count" | AggregateDefinition>>;
}

export interface AggregateDefinition extends Leaves<typeof shape.aggregateShape> {
  /** CEL; with `list` how many are kept. */
  readonly most?: string | number;
  readonly start?: Json;
}

export interface SinkDefinition extends Leaves<typeof shape.sinkShape> {
  readonly http?: string | Leaves<typeof shape.httpSinkShape>;
  readonly result?: true | number | Leaves<typeof shape.resultShape>;
}

export interface AlertDefinition extends Leaves<typeof shape.alertShape> {
  readonly notify?: EscalationDefinition["notify"];
}
