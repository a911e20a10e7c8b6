import type { Outcome } from "../core/outcome.ts";
import { messageOf } from "../errors.ts";
import type { ArtifactStore } from "../ports/artifact-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { WorkEffect } from "../ports/performer.ts";
import type { ResultCache } from "../ports/result-cache.ts";

type PerformEffect = Extract<WorkEffect, { readonly type: "perform" }>;

interface CacheParts {
  readonly cache: ResultCache;
  readonly clock: Clock;
  readonly artifacts: ArtifactStore;
}

interface Asking {
  readonly key: string;
  readonly runId: string;
  readonly parts: CacheParts;
  readonly run: () => Promise<Outcome>;
}

/** A cache that does not work costs time, never a result: its trouble is told among the details. */
export async function throughCache(
  effect: PerformEffect,
  { key, runId, parts, run }: Asking,
): Promise<Outcome> {
  const { cache, clock } = parts;
  const trouble: string[] = [];
  const hit = await cached(effect, { key, parts }).catch(
    (error: unknown) => void trouble.push(messageOf(error)),
  );
  if (hit) return { ...hit, cached: true, usage: { costUsd: 0, inputTokens: 0, outputTokens: 0 } };
  const outcome = await run();
  if (outcome.ok && isAllOfIt(effect, outcome)) {
    const { checkpoint: _, ...result } = outcome;
    const entry = { key, storedAt: clock.now(), runId, address: effect.address, outcome: result };
    await cache.put(entry).catch((error: unknown) => trouble.push(messageOf(error)));
  }
  if (trouble.length === 0) return outcome;
  return { ...outcome, details: { ...outcome.details, cache: `not used: ${trouble.join("; ")}` } };
}

/** What a step wrote into its tree is part of what came of it, and would not be there another time. */
function isAllOfIt({ policy }: PerformEffect, { changedFiles = [] }: Outcome): boolean {
  return policy.workspace?.saves === undefined || changedFiles.length === 0;
}

/** A stored result whose artifacts are all still there. */
async function cached(
  { policy }: PerformEffect,
  { key, parts }: Pick<Asking, "key" | "parts">,
): Promise<Outcome | undefined> {
  const entry = await parts.cache.get(key, policy.cacheMs ?? 0, parts.clock.now());
  if (!entry) return undefined;
  for (const id of Object.values(entry.outcome.artifacts ?? {})) {
    if ((await parts.artifacts.verify(id)) !== "ok") return undefined;
  }
  return entry.outcome;
}
