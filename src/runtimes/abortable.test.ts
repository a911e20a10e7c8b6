import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { abortable } from "./abortable.ts";

async function* counted(count: number, seen?: (chunk: object) => void): AsyncGenerator<object> {
  for (let index = 0; index < count; index += 1) {
    const chunk = { index };
    seen?.(chunk);
    yield chunk;
  }
}

it("gives the same chunks and ends with them", async () => {
  const chunks: object[] = [];
  for await (const chunk of abortable(counted(3), new AbortController().signal)) chunks.push(chunk);
  expect(chunks).toEqual([{ index: 0 }, { index: 1 }, { index: 2 }]);
});

it("rejects at once while the source gives nothing", async () => {
  const stop = new AbortController();
  const silent = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
  const reading = abortable(silent, stop.signal)[Symbol.asyncIterator]().next();
  stop.abort(new Error("enough"));
  await expect(reading).rejects.toThrow("enough");
});

it("rejects when the signal aborted while a chunk was being used", async () => {
  const stop = new AbortController();
  const chunks = abortable(counted(3), stop.signal)[Symbol.asyncIterator]();
  await chunks.next();
  stop.abort(new Error("enough"));
  await expect(chunks.next()).rejects.toThrow("enough");
});

it("keeps no chunk that was used, however long the stream is", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const refs: WeakRef<object>[] = [];
  const source = counted(1000, (chunk) => refs.push(new WeakRef(chunk)));
  const chunks = abortable(source, new AbortController().signal)[Symbol.asyncIterator]();
  for (let count = 0; count < 900; count += 1) await chunks.next();
  // a reference that was just made holds its object until the turn ends
  await turn();
  collectGarbage();
  expect(refs.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(10);
});
