import { z } from "zod";
import * as leaf from "./leaves.ts";
import { type Shape, stepShape } from "./shapes.ts";
import * as docs from "./key-docs.ts";
import * as swarmDocs from "./swarm-key-docs.ts";
import {
  coordinationShape,
  decisionShape,
  executionShape,
  ofTurns,
  swarmAgentShape,
  swarmShape,
} from "./swarm-shapes.ts";

type Schemas = Readonly<Record<string, z.ZodType>>;

interface Parts {
  /** The schema of an object of a shape. */
  readonly object: (
    shape: Shape,
    documented: { readonly keys: Readonly<Record<string, string>>; readonly parts?: Schemas },
  ) => z.ZodType;
  /** Keys of steps that are objects, or may be. */
  readonly ofWork: Schemas & Readonly<Record<"context_window" | "memory" | "output", z.ZodType>>;
  /** A rule of decisions. */
  readonly rule: z.ZodType;
  /** What can be voted for. */
  readonly options: z.ZodType;
}

/** The schema of `swarm:`. */
export function swarmSchema({ object, ofWork, rule, options }: Parts): z.ZodType {
  const known: Schemas = { ...stepShape.leaves, ...ofWork };
  const turns = ofTurns.flatMap((key): [string, z.ZodType][] => (known[key] ? [[key, known[key]]] : []));
  const { context_window, memory, output } = ofWork;
  const agent = object(swarmAgentShape, {
    keys: swarmDocs.swarmAgentDocs(docs.stepDocs),
    parts: { ...Object.fromEntries(turns), output },
  });
  return object(swarmShape, {
    keys: swarmDocs.swarmDocs,
    parts: {
      agents: z.record(z.string(), z.union([z.null(), agent])),
      coordination: object(coordinationShape, {
        keys: swarmDocs.coordinationDocs,
        parts: { conflict_resolution: rule },
      }),
      execution: object(executionShape, { keys: swarmDocs.executionDocs }),
      decision: object(decisionShape, { keys: swarmDocs.decisionDocs, parts: { options } }),
      topics: z.record(z.string(), z.record(z.string(), z.json()).describe("a JSON Schema (2020-12)")),
      output,
      context_window,
      memory,
      thinking: leaf.thinking,
    },
  }).meta({ id: "swarm", description: "Agents that work on one task together." });
}
