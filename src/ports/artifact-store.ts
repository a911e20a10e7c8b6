/**
 * Large outputs, stored once by their content. An id is `sha256:<64 hex digits>`.
 *
 * - `put` of the same bytes gives the same id and stores them once;
 * - what `put` resolved with survives `kill -9` right after it;
 * - `get` of an unknown id, or of bytes that no longer match it, rejects with ARTIFACT_MISSING;
 * - a full disk rejects with STORE_FULL and leaves no half-written artifact behind;
 * - `verify` re-hashes what is stored and says whether it still matches.
 */
export interface ArtifactStore {
  put(bytes: Uint8Array | AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<ArtifactRef>;
  get(id: string, signal?: AbortSignal): Promise<Uint8Array>;
  verify(id: string): Promise<"ok" | "missing" | "damaged">;
  list(): AsyncIterable<ArtifactRef>;
  remove(id: string): Promise<void>;
}

export interface ArtifactRef {
  readonly id: string;
  readonly bytes: number;
}
