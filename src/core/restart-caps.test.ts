import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../expression/json.ts";
import { CoreRun, parallelOf } from "../testing/core-run.ts";
import { missingOf } from "./missing.ts";

describe("a restart under a cap that leaves nothing", () => {
  const agent = (name: string, rest: JsonObject = {}): Json => ({
    name,
    agent: "mock",
    prompt: "x",
    ...rest,
  });
  const limits = { agents: 2, parallel: 2, on_limit: "degrade" };
  const again = (steps: readonly Json[], done: readonly string[]): CoreRun => {
    const run = new CoreRun(parallelOf(steps, { limits }));
    for (const address of done) run.ok(address);
    expect(run.status).toBe("degraded");
    run.give({ type: "restart" });
    expect(run.status).toBe("degraded");
    return run;
  };

  it("uses again all that was done before the cap ends it, whatever would come first", () => {
    const first = agent("d", { depends_on: ["a"], expect: "10m", priority: 9 });
    const run = again([agent("a"), agent("c"), first], ["a", "c"]);
    expect(run.ends).toMatchObject({ a: "claimed", c: "claimed" });
    expect(run.state.ledger).toMatchObject({ agents: 2, reused: 2 });
    expect(missingOf(run.state)).toMatchObject([{ dependents: [{ address: "d", fate: "was not done" }] }]);
  });

  it("uses again what lies in rounds and groups, too", () => {
    const rounds = { name: "l", repeat: 2, steps: [agent("c")] };
    const group = { name: "g", steps: [rounds] };
    const run = again(
      [group, { name: "y", run: "./y" }, agent("d", { depends_on: ["y"] })],
      ["g/l#1/c", "g/l#2/c", "y"],
    );
    expect(run.ends).toMatchObject({ "g/l#1/c": "claimed", "g/l#2/c": "claimed" });
  });
});
