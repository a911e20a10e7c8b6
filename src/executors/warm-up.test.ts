import { describe, expect, it } from "vitest";
import type { Request } from "../core/effects.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Performer, WorkContext } from "../ports/performer.ts";
import { createFakeClock } from "../runtimes/memory/fake-clock.ts";
import { effect } from "../testing/performer-bench.ts";
import { withWarmUp } from "./warm-up.ts";

const tick = () => new Promise(setImmediate);

/** Begins work by name; what was begun is in `begun`, and ends or speaks when the test says so. */
function bench() {
  const clock = createFakeClock();
  const begun: string[] = [];
  const works = new Map<string, { work: WorkContext; end: (outcome: Outcome) => void }>();
  const perform: Performer = ({ address }, work) => {
    begun.push(address);
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    works.set(address, { work, end: resolve });
    return promise;
  };
  const warmed = withWarmUp(perform, { clock, warms: (agent) => agent !== "quiet" });
  const waits: unknown[] = [];
  const begin = (name: string, over: Partial<Request> = {}, signal = new AbortController().signal) => {
    const request = { kind: "agent", agent: "a", prompt: name, preamble: "Rules.", ...over } as Request;
    const work: WorkContext = {
      runId: "r1",
      runName: "test",
      seed: "5eed",
      signal,
      print: () => {},
      stage: ({ waits: what }) => waits.push(what),
    };
    return warmed({ ...effect(request), address: name }, work);
  };
  return {
    clock,
    begun,
    begin,
    waits,
    says: (name: string, stream: "agent" | "stderr" = "agent") => works.get(name)?.work.print("hi", stream),
    end: (name: string) => works.get(name)?.end({ ok: true }),
  };
}

describe("agents with the same preamble", () => {
  it("wait for the first of them to say something, and then all begin", async () => {
    const { begin, begun, says, end } = bench();
    const all = ["x", "y", "z"].map((name) => begin(name));
    await tick();
    expect(begun).toEqual(["x"]);
    says("x", "stderr");
    await tick();
    expect(begun).toEqual(["x"]);
    says("x");
    await tick();
    expect(begun).toEqual(["x", "y", "z"]);
    for (const name of ["x", "y", "z"]) end(name);
    expect(await Promise.all(all)).toEqual([{ ok: true }, { ok: true }, { ok: true }]);
  });

  it("begin when it has come back, or takes ten seconds", async () => {
    const { begin, begun, clock, end, waits } = bench();
    void begin("x");
    void begin("y");
    end("x");
    await tick();
    expect(begun).toEqual(["x", "y"]);
    void begin("slow", { preamble: "Other." });
    void begin("next", { preamble: "Other." });
    clock.advance(9_999);
    await tick();
    expect(begun).not.toContain("next");
    clock.advance(1);
    await tick();
    expect(begun).toContain("next");
    expect(waits).toEqual(["another step with the same preamble, which goes ahead", null]);
  });

  it("begin at once while the provider still has it, and one goes ahead again after that", async () => {
    const { begin, begun, clock, end } = bench();
    void begin("x");
    end("x");
    await tick();
    clock.advance(299_000);
    void begin("y");
    clock.advance(299_000);
    void begin("z");
    expect(begun).toEqual(["x", "y", "z"]);
    clock.advance(300_000);
    void begin("late");
    void begin("later");
    await tick();
    expect(begun).toEqual(["x", "y", "z", "late"]);
  });

  it("do not wait for those that are told, or are, something else, nor where nothing would come of it", () => {
    const { begin, begun } = bench();
    void begin("x");
    void begin("preamble", { preamble: "Other." });
    void begin("model", { model: "m" });
    void begin("tools", { tools: ["Read"] });
    void begin("agent", { agent: "b" });
    for (const name of ["one", "two"]) void begin(name, { agent: "quiet" });
    for (const name of ["none", "nothing"]) void begin(name, { preamble: undefined } as never);
    void begin("line", { kind: "run" } as never);
    expect(begun).toHaveLength(10);
  });

  it("stop waiting when they are told to", async () => {
    const { begin, begun } = bench();
    void begin("x");
    const stop = new AbortController();
    const waiting = begin("y", {}, stop.signal);
    stop.abort(new RangeError("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await expect(begin("z", {}, stop.signal)).rejects.toThrow("enough");
    expect(begun).toEqual(["x"]);
  });
});
