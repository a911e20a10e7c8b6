import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openTutti } from "../engine.ts";
import type { StepDefinition } from "../language/definition.ts";

/** A run of these steps, left alone as soon as it waits. */
async function leftWaiting(chain: readonly StepDefinition[]) {
  const cwd = mkdtempSync(join(tmpdir(), "tutti-runs-"));
  const tutti = await openTutti({ cwd, state: "memory" });
  onTestFinished(async () => {
    await tutti.close();
    rmSync(cwd, { recursive: true });
  });
  const handle = await tutti.start(await tutti.load({ kind: "object", value: { name: "left", chain } }));
  handle.on((news) => {
    if (news.kind === "events" && news.state.status === "waiting") handle.stop("left alone");
  });
  const { status } = await handle.done;
  expect(status).toBe("waiting");
  return tutti.why(handle.id);
}

describe("why a run that nobody drives does not go on", () => {
  it("names the process that is missing when a time has to be watched", async () => {
    const [first, second] = await leftWaiting([{ name: "nap", wait: "1h" }]);
    expect(first).toMatchObject({ address: "", waitsFor: "a process to watch the time: none drives it" });
    expect(first?.fix).toMatch(/^tutti resume /);
    expect(second?.address).toBe("nap");
  });

  it("names the signal alone when only that is missing", async () => {
    const reasons = await leftWaiting([{ name: "ok", wait: { signal: "approved" } }]);
    expect(reasons.map(({ address }) => address)).toEqual(["ok"]);
  });
});
