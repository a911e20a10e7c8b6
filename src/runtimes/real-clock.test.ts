import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { clockContract } from "../testing/clock-contract.ts";
import { createRealClock } from "./real-clock.ts";

describe("the real clock", () => {
  clockContract(() => {
    const clock = createRealClock();
    return {
      clock,
      advance: (byMs) => new Promise((resolve) => void clock.at(clock.now() + byMs, () => resolve())),
    };
  });

  it("keeps no process alive when it is asked not to", () => {
    const clockFile = new URL("real-clock.ts", import.meta.url).href;
    const script = `import { createRealClock } from ${JSON.stringify(clockFile)};
      createRealClock({ unref: true }).at(Date.now() + 60_000, () => {});
      process.stdout.write("left");`;
    const printed = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
      timeout: 20_000,
    });
    expect(printed.toString()).toBe("left");
  });
});
