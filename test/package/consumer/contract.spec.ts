import { createFakeClock, createMemoryStore, describeExecutorContract } from "tutti/testing";
import { expect, it } from "vitest";
import { answering } from "./answering.ts";

const call = (url: string) => ({ kind: "http", method: "GET", url, headers: {} }) as const;

describeExecutorContract("answering", () => ({
  executor: answering,
  good: call("http://echo/hello"),
  bad: call("http://nowhere/"),
  endless: call("http://endless/"),
  large: (bytes) => call(`http://large/${bytes}`),
  isRunning: () => answering.running() > 0,
}));

it("has a memory store and a clock that stands still", async () => {
  const clock = createFakeClock({ now: 7 });
  const store = createMemoryStore({ clock });
  expect(clock.now()).toBe(7);
  expect(await store.runs.list()).toEqual([]);
  await store.close();
});
