import { describe, expect, it } from "vitest";
import { Queue, Turns } from "./turns.ts";

const never = new AbortController().signal;

describe("turns", () => {
  it("let many work, and whoever wants it alone after them", async () => {
    const turns = new Turns();
    const one = await turns.enter({}, never);
    const two = await turns.enter({}, never);
    expect([one.isAlone, two.isAlone]).toEqual([false, false]);
    const said: string[] = [];
    const alone = turns.alone({}, async () => said.push("alone"), never);
    one.leave();
    expect(two.isAlone).toBe(true);
    const later = turns.enter({}, never).then(() => said.push("later"));
    two.leave();
    await Promise.all([alone, later]);
    expect(said).toEqual(["alone", "later"]);
  });

  it("let two who work have it alone one after the other: neither waits for ever", async () => {
    const turns = new Turns();
    const [first, second] = [{}, {}];
    const works = [await turns.enter(first, never), await turns.enter(second, never)];
    const said: string[] = [];
    const one = turns.alone(first, async () => said.push("first"), never);
    const two = turns.alone(second, async () => said.push("second"), never);
    await one;
    works[0]?.leave();
    await two;
    expect(said).toEqual(["first", "second"]);
    expect(works[1]?.isAlone).toBe(true);
  });

  it("forget who left while they had it alone", async () => {
    const turns = new Turns();
    const owner = {};
    const work = await turns.enter(owner, never);
    await turns.alone(owner, async () => work.leave(), never);
    await expect(turns.alone({}, async () => "free", never)).resolves.toBe("free");
  });

  it("go on when a job throws, or somebody who waited gives up", async () => {
    const turns = new Turns();
    const failing = turns.alone({}, () => Promise.reject(new Error("job")), never);
    await expect(failing).rejects.toThrow("job");
    const work = await turns.enter({}, never);
    const abort = new AbortController();
    const waits = turns.alone({}, async () => "never", abort.signal);
    const next = turns.enter({}, never);
    abort.abort(new Error("gave up"));
    await expect(waits).rejects.toThrow("gave up");
    (await next).leave();
    work.leave();
    await expect(turns.enter({}, abort.signal)).rejects.toThrow("gave up");
  });
});

describe("a queue", () => {
  it("does jobs in order, also after one that failed, and none that was given up", async () => {
    const queue = new Queue();
    const said: number[] = [];
    const failing = queue.run(() => Promise.reject(new Error("first")), never);
    const second = queue.run(async () => said.push(2), never);
    await expect(failing).rejects.toThrow("first");
    await second;
    const aborted = queue.run(async () => said.push(3), AbortSignal.abort(new Error("gave up")));
    await expect(aborted).rejects.toThrow("gave up");
    expect(said).toEqual([2]);
  });
});
