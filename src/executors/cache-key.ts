import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { glob, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { withoutSeed } from "./secrets.ts";
import { canonicalJson } from "../expression/json.ts";
import type { Json } from "../expression/json.ts";
import type { WorkEffect } from "../ports/performer.ts";

type PerformEffect = Extract<WorkEffect, { readonly type: "perform" }>;

/**
 * The key of a result: the same for the same step as written, the same rendered request and environment, and the
 * same content of the files that `reads` matches below `cwd`. Secrets count by their name.
 */
export async function cacheKey(
  effect: PerformEffect,
  { seed, cwd }: { readonly seed: string; readonly cwd: string },
): Promise<string> {
  const { request, policy } = effect;
  const asked = { definition: policy.definition, request, env: policy.env } as unknown as Json;
  const files = await hashes(policy.reads, cwd);
  return sha256(canonicalJson({ asked: withoutSeed(asked, seed), files }));
}

async function hashes(patterns: readonly string[], cwd: string): Promise<Record<string, string>> {
  const paths = new Set<string>();
  if (patterns.length > 0) for await (const path of glob(patterns, { cwd })) paths.add(path);
  const found: Record<string, string> = {};
  for (const path of [...paths].sort()) {
    const hash = await fileHash(join(cwd, path));
    if (hash !== undefined) found[path] = hash;
  }
  return found;
}

/** Undefined for what is no file, or is gone by now. */
async function fileHash(path: string): Promise<string | undefined> {
  try {
    if (!(await stat(path)).isFile()) return undefined;
    const hash = createHash("sha256");
    await pipeline(createReadStream(path), hash);
    return hash.digest("hex");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
