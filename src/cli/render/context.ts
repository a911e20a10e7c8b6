import type { ContextPart, SummaryMade } from "../../core/context-record.ts";
import type { Attempt } from "../attempts.ts";
import type { Shown } from "./out.ts";
import { shortText } from "./request.ts";
import { type Cell, tableLines } from "./table.ts";
import { countText, numberText } from "./words.ts";

/** A value of a prompt, and what became of it in the end. */
export interface ShownPart extends ContextPart {
  /** Why it is not what it was to be. */
  readonly failure?: string;
  /** Its summary had been made before. */
  readonly cached?: true;
}

export interface ShownContext {
  readonly budget?: number;
  readonly fixed: number;
  readonly tokens: number;
  readonly kept: number;
  readonly parts: readonly ShownPart[];
}

/** What went into the prompt of an attempt; undefined where its workflow says nothing of that. */
export function contextOf({ context, summaries = [] }: Attempt): ShownContext | undefined {
  if (!context) return undefined;
  const parts = context.parts.map((part) => withSummary(part, summaries));
  return { ...context, parts, kept: context.fixed + parts.reduce((sum, { kept }) => sum + kept, 0) };
}

function withSummary(part: ContextPart, summaries: readonly SummaryMade[]): ShownPart {
  const made = part.became === "summary" ? summaries.find(({ of }) => of === part.source) : undefined;
  if (!made) return part;
  const { kept, failure, cached } = made;
  if (failure !== undefined) return { ...part, kept, became: "window", failure };
  return { ...part, kept, ...(cached ? { cached } : {}) };
}

/** In one line. */
export function contextText({ tokens, kept, parts }: ShownContext): string {
  const less = parts.filter(({ became }) => became !== "whole").length;
  const all = countText(parts.length, "value");
  const what = less === 0 ? `${all}, all whole` : `${numberText(less)} of ${all} not whole`;
  return `about ${numberText(kept)} of ${numberText(tokens)} tokens went in: ${what}`;
}

/** Value by value, in the order in which they stand in the prompt. */
export function contextLines(context: ShownContext): Shown[] {
  const { budget, fixed, parts, kept } = context;
  const limit = budget === undefined ? "" : `, budget ${numberText(budget)}`;
  const above = budget !== undefined && kept > budget;
  return [
    `  ${contextText(context)}`,
    `  fixed text about ${numberText(fixed)} tokens${limit}`,
    ...(above
      ? [
          [
            {
              text: "  above the budget: fixed text and what is to be kept are never cut",
              tone: "warn",
            } as const,
          ],
        ]
      : []),
    ...tableLines(parts.map(partCells)),
  ];
}

function partCells(part: ShownPart): readonly Cell[] {
  const { source, tokens, kept, became } = part;
  const size = became === "whole" ? numberText(tokens) : `${numberText(kept)} of ${numberText(tokens)}`;
  return [
    `    ${became}`,
    size,
    { text: shortText(source, 60), bold: true },
    { text: reasonsOf(part).join("; "), dim: true },
  ];
}

const reasons = {
  declared: "declared so",
  window: "only the last items of its lists",
  size: "longer than it may be",
  budget: "the budget was for others",
} as const;

function reasonsOf({ because, relevance, secrets, path, failure, cached }: ShownPart): readonly string[] {
  return [
    ...(because === undefined ? [] : [reasons[because]]),
    ...(relevance === undefined ? [] : [`relevance ${relevance.toFixed(2)}`]),
    ...(path === undefined ? [] : [`in ${path}`]),
    ...(failure === undefined ? [] : [`no summary: ${shortText(failure)}`]),
    ...(cached ? ["summarized before"] : []),
    ...(secrets === undefined ? [] : [`${countText(secrets, "secret")} taken out`]),
  ];
}
