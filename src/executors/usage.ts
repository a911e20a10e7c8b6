import type { Usage } from "../core/outcome.ts";

/** What of both was served by a cache of prompts, where one of them says it. */
export function cachedOf(a: Usage, b: Usage): Pick<Usage, "cachedTokens"> {
  const said = [a, b].flatMap(({ cachedTokens }) => cachedTokens ?? []);
  return said.length === 0 ? {} : { cachedTokens: said.reduce((sum, tokens) => sum + tokens) };
}
