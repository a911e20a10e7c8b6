import { tokensOf } from "../../src/core/context-record.ts";

/** A prompt as it was sent, in the order in which they were. */
export interface Sent {
  /** Who has a cache of its own: agent and model. */
  readonly to: string;
  readonly text: string;
}

export interface Cost {
  readonly prompts: number;
  readonly sent: number;
  /** Of these, what the provider had already. */
  readonly cached: number;
  /** Tokens of values that are files beside them. */
  readonly referred: number;
  /** Tokens of values that are nowhere any more. */
  readonly lost: number;
}

/** Providers keep beginnings of at least so many tokens, in steps of so many. */
const leastCached = 1024;
const cachedStep = 128;
/** What a token costs that the provider had already, against one that it had not. */
const cachedPrice = 0.1;

/**
 * What prompts cost at a provider that keeps the beginnings of prompts: of each, the longest beginning that it shares with one that was
 * sent to the same agent and model before. (Least length and steps as OpenAI documents them, price as Anthropic and OpenAI do.)
 */
export function costOf(prompts: readonly Sent[], beside: Pick<Cost, "referred" | "lost">): Cost {
  let cached = 0;
  prompts.forEach((prompt, index) => {
    const earlier = prompts.slice(0, index).filter(({ to }) => to === prompt.to);
    const shared = Math.max(0, ...earlier.map(({ text }) => sharedBeginning(text, prompt.text)));
    const tokens = Math.floor(shared / 4);
    if (tokens >= leastCached) cached += tokens - (tokens % cachedStep);
  });
  const sent = prompts.reduce((sum, { text }) => sum + tokensOf(text), 0);
  return { prompts: prompts.length, sent, cached, ...beside };
}

function sharedBeginning(one: string, other: string): number {
  const most = Math.min(one.length, other.length);
  let at = 0;
  while (at < most && one.charCodeAt(at) === other.charCodeAt(at)) at += 1;
  return at;
}

/** In tokens that the provider had not: `read` is the part of the files that agents read. */
export function paid(
  { sent, cached, referred }: Cost,
  { read, caches }: { readonly read: number; readonly caches: boolean },
): number {
  const known = caches ? cached * (1 - cachedPrice) : 0;
  return sent - known + referred * read;
}
