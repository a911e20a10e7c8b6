import type { Usage } from "../../core/outcome.ts";
import type { JsonObject } from "../../expression/json.ts";
import { numberField, objectField, textField } from "../fields.ts";

export type Tokens = Pick<Usage, "inputTokens" | "outputTokens" | "cachedTokens">;

/** The tokens of a prompt, from the answer to it; undefined where the agent does not say them. */
export function tokensOf(answer: JsonObject): Tokens | undefined {
  const quota = objectField(objectField(answer, "_meta"), "quota");
  const told = objectField(answer, "usage") ?? objectField(quota, "token_count");
  const outputTokens = either(told, "outputTokens", "output_tokens");
  const input = either(told, "inputTokens", "input_tokens");
  if (input === undefined || outputTokens === undefined) return undefined;
  const cached = either(told, "cachedReadTokens", "cachedInputTokens");
  const written = either(told, "cachedWriteTokens", "cacheWriteInputTokens") ?? 0;
  const total = either(told, "totalTokens", "total_tokens");
  // Some count what the cache served with the input, some beside it; their sum tells.
  const isBeside = total !== undefined && total === input + outputTokens + (cached ?? 0) + written;
  return {
    inputTokens: isBeside ? input + (cached ?? 0) + written : input,
    outputTokens,
    ...(cached === undefined ? {} : { cachedTokens: cached }),
  };
}

function either(from: JsonObject | undefined, ...keys: readonly string[]): number | undefined {
  return keys.map((key) => numberField(from, key)).find((value) => value !== undefined);
}

/** What the session has cost so far; null in a currency that is not counted here, undefined when it does not say. */
export function costIn(update: JsonObject): number | null | undefined {
  const cost = objectField(update, "cost");
  const amount = numberField(cost, "amount");
  if (amount === undefined) return undefined;
  return textField(cost, "currency") === "USD" ? amount : null;
}

/** What was added since `before`. An agent that counts anew after it was started again tells less than before. */
export function addedUsd(total: number, before: number | undefined): number {
  const added = before !== undefined && total >= before ? total - before : total;
  return Math.round(added * 1e9) / 1e9;
}

export function addTokens(a: Tokens | undefined, b: Tokens | undefined): Tokens | undefined {
  if (!a || !b) return a ?? b;
  const cached = a.cachedTokens ?? b.cachedTokens;
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    ...(cached === undefined ? {} : { cachedTokens: (a.cachedTokens ?? 0) + (b.cachedTokens ?? 0) }),
  };
}
