import { describe, expect, it } from "vitest";
import type { Json } from "../expression/json.ts";
import { CoreRun, parallelOf } from "../testing/core-run.ts";
import { apply } from "./apply.ts";
import { findUnsound } from "./sound.ts";
import { viewOf } from "./view.ts";

const learned = ["One.", "Two."];
const gates = [{ check: "true" }];

function asking(step: Record<string, Json> = {}, ...more: Json[]): CoreRun {
  return new CoreRun(parallelOf([{ name: "a", prompt: "hi", memory: "notes", gates, ...step }, ...more]));
}

function remember(run: CoreRun, address = "a"): readonly string[] {
  const written = { name: "notes", added: 2 };
  return run.give({ type: "remembered", address, written }).map(({ type }) => type);
}

describe("what a verified step has learned", () => {
  it("is owed to its memory, and the run is not over before that has it", () => {
    const run = asking();
    run.ok("a", { learned });
    expect([run.node("a").end, run.status]).toEqual(["verified", "executing"]);
    expect([...run.state.unwritten]).toEqual([
      ["a", { name: "notes", maxBytes: 8000, texts: learned, at: run.now }],
    ]);
    expect(remember(run)).toEqual(["memory.written", "run.status", "run.status"]);
    expect(run.status).toBe("completed");
    expect(viewOf(run.state).nodes[0]?.memory).toEqual({ learned, written: { name: "notes", added: 2 } });
  });

  it("keeps nothing from beginning", () => {
    const run = asking({}, { name: "b", run: "true", depends_on: ["a"] });
    run.ok("a", { learned });
    expect(run.owed).toEqual(["perform b"]);
    run.ok("b");
    expect(run.status).toBe("executing");
    remember(run);
    expect(run.status).toBe("completed");
  });

  it("is owed after a crash, and once", () => {
    const run = asking();
    run.ok("a", { learned });
    run.crash();
    expect([...run.state.unwritten.keys()]).toEqual(["a"]);
    remember(run);
    run.crash();
    expect(run.state.unwritten.size).toBe(0);
    expect(remember(run)).toEqual([]);
    expect(run.status).toBe("completed");
  });

  it("is nothing that was learned by a step which is not verified, or that nobody is to keep", () => {
    for (const step of [
      { gates: [] },
      { memory: { name: "notes", write: false } },
      { gates: [{ check: "false" }] },
    ]) {
      const run = asking(step);
      run.ok("a", { learned });
      expect(run.state.unwritten.size).toBe(0);
      expect(["completed", "failed"]).toContain(run.status);
    }
    const run = asking();
    run.ok("a", { learned, cached: true });
    expect(run.status).toBe("completed");
  });

  it("is kept before a run fails, and not owed again when its result is used again", () => {
    const run = asking({}, { name: "b", run: "true" });
    run.ok("a", { learned });
    run.fail("b");
    expect(run.status).toBe("executing");
    remember(run);
    expect(run.status).toBe("failed");
    run.give({ type: "restart" });
    expect(run.node("a").reused).toBe(true);
    expect(run.state.unwritten.size).toBe(0);
    run.ok("b");
    expect(run.status).toBe("completed");
  });

  it("is kept by a run that a cap stops, or that is paused", () => {
    const capped = new CoreRun(
      parallelOf(
        [
          { name: "a", prompt: "hi", memory: "notes", gates },
          { name: "b", prompt: "hi" },
        ],
        { limits: { agents: 1 } },
      ),
    );
    capped.ok("a", { learned });
    expect(capped.status).toBe("executing");
    remember(capped);
    expect(capped.status).toBe("failed");
    const paused = asking();
    paused.give({ type: "pause" });
    paused.ok("a", { learned });
    expect(paused.status).toBe("executing");
    remember(paused);
    expect(paused.status).toBe("completed");
  });

  it("is owed by the life that judges what an earlier one did", () => {
    const step = { name: "a", prompt: "hi", memory: "notes", gates: { judge: "good" } };
    const run = new CoreRun(parallelOf([step], { limits: { agents: 1 } }));
    run.ok("a", { learned });
    expect([run.status, run.state.unwritten.size]).toEqual(["failed", 0]);
    run.give({ type: "restart", overrides: { limits: { agents: 2 } } });
    expect(run.owed).toEqual(["gate a!after0"]);
    run.ok("a", { evidence: { summary: "it holds" } });
    expect(run.state.unwritten.get("a")?.texts).toEqual(learned);
    remember(run);
    expect(run.status).toBe("completed");
  });

  it("is kept while a cancelled run takes back what it did", () => {
    const run = asking({ undo: "true" }, { name: "b", run: "true", depends_on: ["a"] });
    run.ok("a", { learned });
    run.give({ type: "cancel", undo: true });
    run.fail("b", { class: "cancelled" });
    run.ok("a~undo");
    expect(run.status).toBe("compensating");
    remember(run);
    expect(run.status).toBe("cancelled");
  });

  it("is kept with what the step learns when it is done again before that", () => {
    const run = asking();
    run.ok("a", { learned });
    run.give({ type: "restart", from: "a" });
    run.ok("a", { learned: ["Three."] });
    expect(run.state.unwritten.get("a")?.texts).toEqual([...learned, "Three."]);
    remember(run);
    expect(run.status).toBe("completed");
  });

  it("is kept of rounds that are forgotten, and of nothing that was not learned", () => {
    const run = asking();
    run.ok("a", { learned });
    run.state.byAddress.delete("a");
    apply(run.state, { type: "memory.written", address: "a", written: { name: "notes" }, at: run.now });
    expect(run.state.unwritten.size).toBe(0);
    const other = asking();
    const at = other.now;
    const forged = { type: "memory.written", address: "a", written: { name: "notes" }, at } as const;
    expect(findUnsound([...other.events, forged])).toMatchObject([
      { rule: "what is kept was learned, and is kept once" },
    ]);
  });
});
