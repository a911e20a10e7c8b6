import { hash } from "node:crypto";
import type { ArtifactRef, ArtifactStore } from "../../ports/artifact-store.ts";
import { abortable } from "../abortable.ts";
import { artifactMissingError, storeFullError } from "../store-errors.ts";
import { durably, turn, type MemoryParts } from "./process.ts";

export function createArtifactStore(parts: MemoryParts): ArtifactStore {
  const { artifacts } = parts.disk;
  return {
    put: async (content, signal) => {
      const bytes = await bytesOf(content, signal);
      return turn(parts, () => put(parts, bytes));
    },
    get: async (id, signal) => {
      signal?.throwIfAborted();
      const bytes = await turn(parts, () => artifacts.get(id));
      if (!bytes) throw artifactMissingError(id, "it is not in the store");
      if (idOf(bytes) !== id) throw artifactMissingError(id, "its bytes have changed");
      return new Uint8Array(bytes);
    },
    verify: async (id) => {
      const bytes = await turn(parts, () => artifacts.get(id));
      if (!bytes) return "missing";
      return idOf(bytes) === id ? "ok" : "damaged";
    },
    list: async function* () {
      const found = await turn(parts, () => [...artifacts]);
      for (const [id, bytes] of found) yield { id, bytes: bytes.length };
    },
    remove: (id) => turn(parts, () => void artifacts.delete(id)),
  };
}

async function bytesOf(
  content: Uint8Array | AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  signal?.throwIfAborted();
  if (content instanceof Uint8Array) return new Uint8Array(content);
  const chunks: Uint8Array[] = [];
  for await (const chunk of abortable(content, signal)) chunks.push(new Uint8Array(chunk));
  return Buffer.concat(chunks);
}

function put(parts: MemoryParts, bytes: Uint8Array): ArtifactRef {
  const { disk, faults, counts } = parts;
  const id = idOf(bytes);
  counts.artifacts += 1;
  const fault = faults.onArtifact?.({ count: counts.artifacts, bytes: bytes.length });
  if (fault === "disk-full") throw storeFullError(id);
  durably(parts, { fault, write: () => disk.artifacts.set(id, bytes) });
  return { id, bytes: bytes.length };
}

function idOf(bytes: Uint8Array): string {
  return `sha256:${hash("sha256", bytes)}`;
}
