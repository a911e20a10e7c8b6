import type { z } from "zod";
import type { Json, JsonObject } from "../expression/json.ts";
import type {
  chainShape,
  gateShape,
  httpShape,
  limitsShape,
  parallelShape,
  retryShape,
  Shape,
  stepShape,
  waitShape,
  workflowShape,
} from "./shapes.ts";

type Leaves<S extends Shape> = { readonly [K in keyof S["leaves"]]?: z.input<S["leaves"][K]> };

/** A workflow as an author writes it: the canonical form, as a TypeScript object. */
export interface WorkflowDefinition extends Leaves<typeof workflowShape> {
  readonly inputs?: Readonly<Record<string, string | JsonObject>>;
  readonly limits?: Leaves<typeof limitsShape>;
  readonly chain: ChainDefinition | readonly StepDefinition[];
}

export interface ChainDefinition extends Leaves<typeof chainShape> {
  readonly steps: readonly StepDefinition[];
  readonly error_strategy?: StrategyDefinition;
}

export type StrategyDefinition = "stop" | "continue_on_failure" | { readonly fallback: string };

export type GateDefinition = string | Leaves<typeof gateShape>;

export interface StepDefinition extends Leaves<typeof stepShape> {
  readonly retry?: number | Leaves<typeof retryShape>;
  readonly error_strategy?: StrategyDefinition;
  /** JSON Schema of the output. */
  readonly output?: JsonObject;
  readonly before?: GateDefinition | readonly GateDefinition[];
  readonly gates?: GateDefinition | readonly GateDefinition[];
  readonly http?: string | Leaves<typeof httpShape>;
  readonly wait?: number | string | Leaves<typeof waitShape>;
  readonly chain?: ChainDefinition | readonly StepDefinition[];
  readonly steps?: readonly StepDefinition[];
  readonly parallel?: true | "all" | Leaves<typeof parallelShape>;
  readonly with?: Json;
  readonly args?: Json;
}
