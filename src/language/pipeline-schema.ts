import { z } from "zod";
import { looseText, filledText, json } from "./leaves.ts";
import * as docs from "./pipeline-key-docs.ts";
import * as own from "./pipeline-leaves.ts";
import * as shape from "./pipeline-shapes.ts";
import { type Shape, stepShape } from "./shapes.ts";
import { ofStages, notOfStages } from "./stage-shape.ts";

type Schemas = Readonly<Record<string, z.ZodType>>;

interface Parts {
  /** The schema of an object of a shape. */
  readonly object: (
    shape: Shape,
    documented: { readonly keys: Readonly<Record<string, string>>; readonly parts?: Schemas },
  ) => z.ZodType;
  /** Keys of steps, with what they are for, as far as they are objects or may be. */
  readonly ofSteps: Schemas;
  readonly stepDocs: Readonly<Record<string, string>>;
  /** Where somebody is told something. */
  readonly notify: z.ZodType;
}

/** The schema of `pipeline:`. */
export function pipelineSchema(parts: Parts): z.ZodType {
  const { object } = parts;
  const sink = sinkSchema(object);
  const flow = object(shape.flowControlShape, { keys: docs.flowControlDocs });
  const alert = object(shape.alertShape, { keys: docs.alertDocs, parts: { notify: parts.notify } });
  return object(shape.pipelineShape, {
    keys: docs.pipelineDocs,
    parts: {
      source: sourceSchema(object),
      stages: z.array(stageSchema(parts)).max(100),
      sink: z.union([sink, z.array(sink)]),
      sinks: z.union([z.array(sink), sink]),
      flow_control: flow,
      monitoring: monitoringSchema(object),
      alerts: z.array(alert),
    },
  }).meta({ id: "pipeline", description: "Records that go from a source through stages into sinks." });
}

type ObjectOf = Parts["object"];

function sourceSchema(object: ObjectOf): z.ZodType {
  const whole = object(shape.sourceShape, {
    keys: docs.sourceDocs,
    parts: {
      stdin: z.union([z.literal(true), own.format]),
      http: z.union([filledText, object(shape.httpSourceShape, { keys: docs.httpSourceDocs })]),
      listen: z.union([own.port, object(shape.listenShape, { keys: docs.listenDocs })]),
    },
  });
  return z.union([filledText, z.array(filledText).min(1), whole]);
}

function sinkSchema(object: ObjectOf): z.ZodType {
  const whole = object(shape.sinkShape, {
    keys: docs.sinkDocs,
    parts: {
      http: z.union([filledText, object(shape.httpSinkShape, { keys: docs.httpSinkDocs })]),
      result: z.union([
        z.literal(true),
        own.mostRecords,
        object(shape.resultShape, { keys: docs.resultDocs }),
      ]),
    },
  });
  return z.union([filledText, whole]);
}

function monitoringSchema(object: ObjectOf): z.ZodType {
  const rate = object(shape.errorRateShape, { keys: docs.errorRateDocs });
  return object(shape.monitoringShape, {
    keys: docs.monitoringDocs,
    parts: { error_rate_alerting: z.union([z.boolean(), rate]) },
  });
}

/** The keys of a stage, and those of the step that it may be. */
function stageSchema({ object, ofSteps, stepDocs }: Parts): z.ZodType {
  const leaves = without(stepShape.leaves);
  const whole: Shape = { what: "a stage", leaves: { ...leaves, ...ofStages }, parts: [] };
  return object(whole, {
    keys: { ...stepDocs, ...docs.stageDocs },
    parts: { ...without(ofSteps), value: json, reduce: reduceSchema(object) },
  }).meta({ id: "stage", description: "What is done with the records that come to it." });
}

function without(keys: Schemas): Schemas {
  return Object.fromEntries(Object.entries(keys).filter(([key]) => !Object.hasOwn(notOfStages, key)));
}

function reduceSchema(object: ObjectOf): z.ZodType {
  const window = object(shape.windowShape, { keys: docs.windowDocs });
  const aggregate = object(shape.aggregateShape, {
    keys: docs.aggregateDocs,
    parts: { most: z.union([filledText, own.mostRecords]), start: json },
  });
  return object(shape.reduceShape, {
    keys: docs.reduceDocs,
    parts: {
      window: z.union([filledText, window]),
      by: z.union([filledText, z.array(filledText).min(1), z.record(z.string(), looseText)]),
      give: z.record(z.string(), z.union([z.literal("count"), aggregate])),
    },
  });
}
