/** What became of a value that stood in a prompt. */
export type Became = "whole" | "window" | "summary" | "reference" | "dropped";

/**
 * `declared`: the workflow says so. `window`: of lists only the last items. `size`: it is longer than such values may be. `budget`: what is
 * left of the budget was for others.
 */
export type BecauseOf = "declared" | "window" | "size" | "budget";

/** What went into a prompt of one value; tokens are estimates, four characters each. */
export interface ContextPart {
  /** The expression. */
  readonly source: string;
  readonly tokens: number;
  /** What of it, or in its place, went in. */
  readonly kept: number;
  readonly became: Became;
  readonly because?: BecauseOf;
  /** How much it tells about what is asked; only where the budget had to choose. */
  readonly relevance?: number;
  /** How much in it looked like a secret, and was taken out. */
  readonly secrets?: number;
  /** The file it is in. */
  readonly path?: string;
}

/** What went into a prompt, and what was left out. */
export interface ContextRecord {
  readonly budget?: number;
  /** Tokens of what the workflow itself says. */
  readonly fixed: number;
  /** Of all of it, before and after. */
  readonly tokens: number;
  readonly kept: number;
  readonly parts: readonly ContextPart[];
}

/** A file that an agent is to find: its path below the folder it works in, and its text. */
export interface ContextFile {
  readonly path: string;
  readonly text: string;
}

/** A value that is to be told in short before its prompt is used. */
export interface ContextSummary {
  /** The expression. */
  readonly of: string;
  /** What stands in the prompt where the summary has to come; it stands there once. */
  readonly slot: string;
  readonly text: string;
  /** What comes there when it cannot be had. */
  readonly instead: string;
  readonly mostTokens: number;
  readonly agent: string;
  readonly model?: string;
}

/** What came of such a summary. */
export interface SummaryMade {
  readonly of: string;
  /** Tokens that went in. */
  readonly kept: number;
  /** Why it could not be had: a part of the value itself stands there. */
  readonly failure?: string;
  /** It had been made before. */
  readonly cached?: true;
}

/** An estimate: how a text becomes tokens is each model's own affair. */
export function tokensOf(text: string): number {
  return Math.ceil(text.length / 4);
}
