import type { Json, JsonObject } from "../expression/json.ts";
import type { Usage } from "../core/outcome.ts";
import { CoreRun, type CoreRunOptions, parallelOf, workflowOf } from "./core-run.ts";

export const agent = (name: string, keys: JsonObject = {}): JsonObject => ({
  name,
  agent: "mock",
  prompt: "work",
  retry: 0,
  ...keys,
});

export function usd(costUsd: number | null, tokens = 0): { readonly usage: Usage } {
  return { usage: { costUsd, inputTokens: tokens, outputTokens: 0 } };
}

export function runOf(steps: readonly Json[], limits: JsonObject, options: CoreRunOptions = {}): CoreRun {
  return new CoreRun(parallelOf(steps, { limits, chain: { parallel_where_possible: true } }), options);
}

export function together(
  names: readonly string[],
  limits: JsonObject,
  options: CoreRunOptions = {},
): CoreRun {
  const steps = names.map((name) => agent(name));
  return new CoreRun(
    workflowOf({ name: "test", limits, chain: [{ name: "g", parallel: "all", steps }] }),
    options,
  );
}

export const priced = (prices: Readonly<Record<string, number>>): CoreRunOptions => ({
  plan: { expectedMs: {}, costUsd: prices },
});

export const reasonOf = (run: CoreRun): string | undefined => run.state.reason;
