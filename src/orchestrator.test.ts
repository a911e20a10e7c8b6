import { describe, expect, it } from "vitest";
import { WorkflowOrchestrator } from "./orchestrator.ts";

const definition = { name: "hello", chain: [{ name: "greet", function: "greet", args: "you" }] };
const functions = { greet: (name: unknown) => `hello ${String(name)}` };

describe("an orchestrator", () => {
  it("opens its state as its options say, and runs", async () => {
    const orchestrator = new WorkflowOrchestrator(definition, { state: "memory", functions });
    const { status, view } = await orchestrator.execute();
    expect(status).toBe("completed");
    expect(view.nodes.find((node) => node.address === "greet")?.output).toBe("hello you");
    expect((await orchestrator.getMetrics()).attempts).toBe(1);
    await orchestrator.close();
  });

  it("throws all mistakes of a definition before anything starts", async () => {
    const wrong = new WorkflowOrchestrator(
      { chain: [{ name: "x", frobnicate: 1 }, { name: "x" }] },
      { state: "memory" },
    );
    await expect(wrong.initialize()).rejects.toMatchObject({ code: "UNKNOWN_KEY" });
    await wrong.close();
  });

  it("cannot be controlled before it was executed", async () => {
    const orchestrator = new WorkflowOrchestrator(definition, { state: "memory", functions });
    await expect(orchestrator.pause()).rejects.toMatchObject({ code: "RUN_STATE" });
    await orchestrator.close();
  });

  it("takes a run to another machine", async () => {
    const here = new WorkflowOrchestrator(definition, { state: "memory", functions });
    await here.execute();
    const saved = await here.saveState();
    await here.close();
    const there = new WorkflowOrchestrator(definition, { state: "memory", functions });
    await there.restoreState(JSON.parse(JSON.stringify(saved)) as typeof saved);
    expect((await there.getStatus()).status).toBe("completed");
    const again = await there.resume({ from: "greet" });
    expect(again.status).toBe("completed");
    await there.close();
  });
});
