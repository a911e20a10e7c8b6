import { setImmediate } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { openTutti } from "../engine.ts";
import type { NodeView } from "../core/view.ts";
import type { Json } from "../expression/json.ts";
import { temporaryFolder } from "../testing/testbed.ts";
import type { RunHandle } from "./run-handle.ts";
import type { Tutti } from "./tutti.ts";

async function opened(cwd: string, functions: Record<string, () => Promise<Json>> = {}): Promise<Tutti> {
  const tutti = await openTutti({ cwd, home: `${cwd}/.tutti`, functions });
  onTestFinished(() => tutti.close());
  return tutti;
}

/** A run of these steps beside each other, once `asks` waits for an answer. */
async function started(tutti: Tutti, steps: Json, asks?: string) {
  const chain = [{ name: "t", parallel: { join: "all" }, steps }];
  const handle = await tutti.start(await tutti.load({ kind: "object", value: { name: "x", chain } }));
  const isAsked = () => asks === undefined || nodeOf(handle, asks)?.status === "waiting";
  while (!isAsked()) await setImmediate();
  return handle;
}

function nodeOf(handle: RunHandle, address: string): NodeView | undefined {
  return handle.view().nodes.find((node) => node.address === address);
}

describe("a message to a run", () => {
  it("that is driven elsewhere is watched until it has arrived", async () => {
    const cwd = temporaryFolder();
    const gate = Promise.withResolvers<Json>();
    const driver = await opened(cwd, { work: () => gate.promise });
    const steps = [
      { name: "busy", function: "work" },
      { name: "ok", approval: "Go?" },
    ];
    const handle = await started(driver, steps, "t/ok");
    const other = await opened(cwd);
    const end = await other.control(handle.id, { type: "answer", address: "t/ok", value: true, by: "ann" });
    expect(end.end).toBe("sent");
    expect((await other.show(handle.id)).nodes.find(({ name }) => name === "ok")?.status).toBe("verified");
    const again = other.control(handle.id, { type: "answer", address: "t/ok", value: true, by: "bob" });
    await expect(again).rejects.toMatchObject({ code: "NOTHING_WAITS" });
    gate.resolve(null);
    expect((await handle.done).status).toBe("completed");
  });

  it("of two that answer at once is taken from one, and the other is told", async () => {
    const cwd = temporaryFolder();
    const gate = Promise.withResolvers<Json>();
    const driver = await opened(cwd, { work: () => gate.promise });
    const steps = [
      { name: "busy", function: "work" },
      { name: "what", question: "What?" },
    ];
    const handle = await started(driver, steps, "t/what");
    const other = await opened(cwd);
    const ends = await Promise.allSettled(
      ["ann", "bob"].map((by) =>
        other.control(handle.id, { type: "answer", address: "t/what", value: by, by }),
      ),
    );
    expect(ends.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(ends.find(({ status }) => status === "rejected")).toMatchObject({
      reason: { code: "ANSWER_REFUSED" },
    });
    gate.resolve(null);
    expect((await handle.done).status).toBe("completed");
  });

  it.for([true, false])(
    "of one person who says yes and no at once counts once, while it is driven: %s",
    async (driven) => {
      const cwd = temporaryFolder();
      const gate = Promise.withResolvers<Json>();
      const driver = await opened(cwd, { work: () => gate.promise });
      const ask = { name: "ok", approval: "Go?" };
      const steps = driven ? [{ name: "busy", function: "work" }, ask] : [ask];
      const handle = await started(driver, steps, "t/ok");
      const others = driven ? [driver, await opened(cwd)] : [await opened(cwd), await opened(cwd)];
      if (!driven) await handle.done;
      const ends = await Promise.allSettled(
        others.map((one, index) =>
          one.control(handle.id, { type: "answer", address: "t/ok", value: index === 0, by: "ann" }),
        ),
      );
      expect(ends.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
      const { reason } = ends.find(({ status }) => status === "rejected") as PromiseRejectedResult;
      expect(["ANSWER_REFUSED", "NOTHING_WAITS"]).toContain(reason.code);
      const end = (await driver.show(handle.id)).nodes.find(({ name }) => name === "ok")?.status;
      expect(end).toBe(ends[0]?.status === "fulfilled" ? "verified" : "failed");
      gate.resolve(null);
    },
  );

  it("begins no new life of a run that has ended", async () => {
    const cwd = temporaryFolder();
    const tutti = await opened(cwd, { work: () => Promise.reject(new Error("broken")) });
    const handle = await started(tutti, [{ name: "busy", function: "work" }]);
    expect((await handle.done).status).toBe("failed");
    const events = (await tutti.events(handle.id)).length;
    await expect(tutti.resume(handle.id, { messagesOnly: true })).rejects.toMatchObject({
      code: "RUN_STATE",
    });
    expect((await tutti.events(handle.id)).length).toBe(events);
  });
});

describe("the one who drives a run", () => {
  it("may answer by its handle, and hears when that is not taken", async () => {
    const gate = Promise.withResolvers<Json>();
    const tutti = await opened(temporaryFolder(), { work: () => gate.promise });
    const steps = [
      { name: "busy", function: "work" },
      { name: "ok", approval: "Go?", by: ["ann"] },
    ];
    const handle = await started(tutti, steps, "t/ok");
    expect(() => handle.answer("t/ok", true, { by: "eve" })).toThrow("eve is not asked");
    handle.answer("t/ok", true, { by: "ann" });
    gate.resolve(null);
    expect((await handle.done).status).toBe("completed");
    expect(nodeOf(handle, "t/ok")?.output).toEqual({ approved: true, by: ["ann"] });
  });
});
