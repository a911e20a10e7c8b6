import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openTutti } from "../engine.ts";
import { temporaryFolder } from "../testing/testbed.ts";
import type { Tutti } from "./tutti.ts";

const long = "seq 1 20000";

/** Runs a chain without saving it; gives the folder of its state and its large output. */
async function unsaved(step: object): Promise<{ tutti: Tutti; home: string; id: string }> {
  const cwd = temporaryFolder();
  const home = join(cwd, ".tutti");
  const tutti = await openTutti({ cwd, home });
  onTestFinished(() => tutti.close());
  const limits = { output: "1KB" };
  const value = { name: "x", save_state: false, limits, chain: [{ name: "a", run: long, ...step }] };
  const handle = await tutti.start(await tutti.load({ kind: "object", value }));
  const { view } = await handle.done;
  const id = Object.values(view.nodes[0]?.artifacts ?? {})[0] ?? "none";
  expect(id).toMatch(/^sha256:/);
  return { tutti, home, id };
}

it("a run that is kept nowhere leaves neither its output nor its artifacts", async () => {
  const { tutti, home, id } = await unsaved({});
  expect(await tutti.artifacts.verify(id)).toBe("missing");
  expect(existsSync(join(home, "output"))).toBe(false);
  const left = existsSync(join(home, "artifacts")) ? readdirSync(join(home, "artifacts")) : [];
  expect(left).toEqual([]);
});

it("what a cached result names is kept, whoever made it", async () => {
  const { tutti, id } = await unsaved({ cache: "1h" });
  expect(await tutti.artifacts.verify(id)).toBe("ok");
});
