import { createHash } from "node:crypto";
import { isTuttiError, messageOf } from "../errors.ts";
import { compileExpression, type Scope } from "../expression/expression.ts";
import { type FlowControl, type Sink, sourceName, type Stage } from "../language/pipeline.ts";
import type { Lanes, Place } from "./flow/place.ts";
import type { Pipeline } from "./host.ts";
import { scopeOf } from "./processors/record-scope.ts";
import { parseRecord, textOf } from "./processors/records.ts";

/** The stages and sinks of a pipeline as the flow of its records sees them: stages first, then sinks, in their order. */
export function layoutOf({ stages, sinks, flow }: Pipeline, scope: Scope): readonly Place[] {
  const all = [...stages, ...sinks];
  const takersOf = (name: string): readonly string[] =>
    all.filter(({ from }) => from.includes(name)).map((taker) => taker.name);
  const common = (one: Stage | Sink): Omit<Place, "most" | "inOrder" | "end"> => ({
    name: one.name,
    isFirst: one.from.includes(sourceName),
    givers: one.from.filter((name) => name !== sourceName),
    takers: takersOf(one.name),
    batchSize: one.batchSize,
    batchWaitMs: one.batchWaitMs,
    buffer: { bufferSize: flow.bufferSize, whenFull: overflowOf(one, flow) },
  });
  return [
    ...stages.map((stage): Place => {
      const gathers = stage.work?.kind === "reduce";
      return {
        ...common(stage),
        most: gathers ? 1 : stage.parallelism.most,
        inOrder: stage.order === "kept" && stage.key === undefined,
        ...(stage.key === undefined ? {} : { lanes: lanesOf(stage.key, stage.parallelism.most, scope) }),
        ...(isInside(stage) ? { isEarly: true as const } : {}),
        ...(gathers ? { end: "gathers" as const } : {}),
      };
    }),
    // what is written one batch after another keeps its order, and goes on behind what was written
    ...sinks.map((sink): Place => ({
      ...common(sink),
      most: 1,
      inOrder: true,
      ...(sink.kind === "result" ? { end: "keeps" as const } : {}),
    })),
  ];
}

/** What it does stays in this process: who does it once more after a crash has lost nothing and paid nothing. */
function isInside({ work }: Stage): boolean {
  return work?.kind !== "run" && work?.kind !== "workflow";
}

/** With back-pressure only the buffers behind the source overflow; inside, who fills a full one waits. */
function overflowOf({ from }: Pick<Stage, "from">, flow: FlowControl): FlowControl["overflow"] {
  return flow.backpressure && !from.includes(sourceName) ? "block" : flow.overflow;
}

function lanesOf(key: string, count: number, scope: Scope): Lanes {
  const expression = compileExpression(key);
  return {
    count,
    of: ({ text }) => {
      try {
        const value = expression.evaluateExact(scopeOf(scope, { record: parseRecord(text) }));
        return hashOf(textOf(value)) % count;
      } catch (error) {
        if (!isTuttiError(error)) throw error;
        return { code: error.code, reason: messageOf(error) };
      }
    },
  };
}

/** FNV-1a, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/): a key is in the same lane in every process. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash ^= text.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

/** What must stay as it is while records are on their way: who takes from whom, and what is kept by lane or gathered. */
export function shapeOf({ source, stages, sinks }: Pipeline): string {
  const places = [
    ...stages.map(({ name, from, key, work }) => [
      name,
      from,
      key ?? null,
      work?.kind === "reduce" ? work : null,
    ]),
    ...sinks.map(({ name, from, kind }) => [name, from, kind]),
  ];
  return createHash("sha256")
    .update(JSON.stringify([source.kind, places]))
    .digest("hex")
    .slice(0, 16);
}
