import type { ThinkingRecord } from "../../core/thinking.ts";
import { numberText } from "./words.ts";

/** How long an agent thinks and why, in one line. */
export function thinkingText({ level, score, signs = [] }: ThinkingRecord): string {
  if (score === undefined) return `${level}, as declared`;
  const why = signs.map(({ points, because }) => `${because} (${points > 0 ? "+" : ""}${points})`);
  return `${level}, complexity ${numberText(score)} of 10${why.length > 0 ? `: ${why.join("; ")}` : ""}`;
}
