import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ArtifactStore } from "../../ports/artifact-store.ts";
import { createArtifactStore } from "./artifacts.ts";

/** Artifacts that nothing will ask for later: a folder of the system's temporary ones, made by the first `put`. */
export function createScratchArtifacts(): {
  readonly store: ArtifactStore;
  readonly remove: () => Promise<void>;
} {
  const dir = join(tmpdir(), `tutti-${randomUUID()}`);
  return {
    store: createArtifactStore({ dir }),
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}
