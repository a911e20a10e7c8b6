import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { isTuttiError, type ErrorCode } from "../errors.ts";
import type { ArtifactRef, ArtifactStore } from "../ports/artifact-store.ts";

export interface ArtifactHarness {
  readonly store: ArtifactStore;
  /** The same data, seen by a new process after this one was killed. */
  readonly reopen: () => Promise<ArtifactStore>;
  /** Changes one stored byte behind the store's back. */
  readonly damage: (id: string) => Promise<void>;
  /** Makes every further put fail for want of space; absent where that cannot be brought about. */
  readonly fillDisk?: () => Promise<void>;
  /** Whatever is kept besides whole artifacts. */
  readonly leftovers: () => Promise<readonly string[]>;
}

/** Every line of the contract in `ports/artifact-store.ts`. */
export function artifactStoreContract(createHarness: () => Promise<ArtifactHarness>): void {
  const text = Buffer.from("some output é\n");
  const id = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  const refused = (code: ErrorCode) => (error: unknown) => isTuttiError(error, code);
  const all = async (store: ArtifactStore): Promise<readonly ArtifactRef[]> => {
    const found: ArtifactRef[] = [];
    for await (const ref of store.list()) found.push(ref);
    return found;
  };

  it("gives bytes the hash of their content as id, and stores equal bytes once", async () => {
    const { store } = await createHarness();
    expect(await store.put(text)).toEqual({ id, bytes: text.length });
    expect(await store.put(chunks(text, 3))).toEqual({ id, bytes: text.length });
    await Promise.all(Array.from({ length: 10 }, () => store.put(text)));
    expect(await all(store)).toEqual([{ id, bytes: text.length }]);
    expect(Buffer.from(await store.get(id))).toEqual(text);
  });

  it("stores nothing and everything: no bytes, and more than fits a pipe", async () => {
    const { store } = await createHarness();
    const empty = await store.put(new Uint8Array());
    expect(await store.get(empty.id)).toHaveLength(0);
    const large = Buffer.alloc(3_000_000, "tutti");
    const ref = await store.put(chunks(large, 65_536));
    expect(Buffer.from(await store.get(ref.id)).equals(large)).toBe(true);
  });

  it("keeps what put resolved with when the process is killed right after", async () => {
    const { store, reopen } = await createHarness();
    const ref = await store.put(text);
    const again = await reopen();
    expect(Buffer.from(await again.get(ref.id))).toEqual(text);
    expect(await again.verify(ref.id)).toBe("ok");
  });

  it("rejects an unknown id, and what is no id, with ARTIFACT_MISSING", async () => {
    const { store } = await createHarness();
    for (const unknown of [id, "sha256:../../etc/passwd", "", `md5:${"0".repeat(64)}`]) {
      await expect(store.get(unknown)).rejects.toSatisfy(refused("ARTIFACT_MISSING"));
      expect(await store.verify(unknown)).toBe("missing");
      await store.remove(unknown);
    }
  });

  it("rejects changed bytes with ARTIFACT_MISSING, finds them, and heals them by the next put", async () => {
    const { store, damage } = await createHarness();
    await store.put(text);
    await damage(id);
    expect(await store.verify(id)).toBe("damaged");
    await expect(store.get(id)).rejects.toSatisfy(refused("ARTIFACT_MISSING"));
    await store.put(text);
    expect(await store.verify(id)).toBe("ok");
  });

  it("rejects with STORE_FULL on a full disk and leaves nothing half-written", async (context) => {
    const { store, fillDisk, leftovers } = await createHarness();
    if (!fillDisk) return context.skip("no disk can be filled here");
    await store.put(text);
    await fillDisk();
    const large = Buffer.alloc(4_000_000, 1);
    await expect(store.put(large)).rejects.toSatisfy(refused("STORE_FULL"));
    await expect(store.put(chunks(large, 100_000))).rejects.toSatisfy(refused("STORE_FULL"));
    expect(await all(store)).toEqual([{ id, bytes: text.length }]);
    expect(await leftovers()).toEqual([]);
    expect(Buffer.from(await store.get(id))).toEqual(text);
  });

  it("rejects with the signal's reason on abort, also while its source hangs, and stores nothing", async () => {
    const { store, leftovers } = await createHarness();
    const reason = new Error("enough");
    await expect(store.put(text, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const waiting = store.put(hanging(text), controller.signal);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(store.get(id, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(await all(store)).toEqual([]);
    expect(await leftovers()).toEqual([]);
  });

  it("rejects with what its source throws and stores nothing", async () => {
    const { store, leftovers } = await createHarness();
    const reason = new Error("the source broke");
    await expect(store.put(breaking(text, reason))).rejects.toBe(reason);
    expect(await all(store)).toEqual([]);
    expect(await leftovers()).toEqual([]);
  });

  it("removes an artifact, also one that is not there", async () => {
    const { store } = await createHarness();
    await store.put(text);
    await store.remove(id);
    await store.remove(id);
    expect(await all(store)).toEqual([]);
    await expect(store.get(id)).rejects.toSatisfy(refused("ARTIFACT_MISSING"));
  });
}

async function* chunks(bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function* hanging(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
  await new Promise(() => {});
}

async function* breaking(bytes: Uint8Array, reason: Error): AsyncIterable<Uint8Array> {
  yield bytes;
  throw reason;
}
