import { execFileSync } from "node:child_process";
import { describe, expect, it, onTestFinished, vi } from "vitest";
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

  it("fires what is hours away on time, and leaves no timer behind when it is forgotten", () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const clock = createRealClock();
    const firedAt: number[] = [];
    const start = clock.now();
    for (const afterMs of [61_000, 90_000, 2 * 3_600_000, 40 * 86_400_000])
      clock.at(start + afterMs, () => firedAt.push(clock.now() - start));
    const forgets = [70_000, 86_400_000].map((afterMs) => clock.at(start + afterMs, () => firedAt.push(-1)));
    vi.advanceTimersByTime(65_000);
    for (const forget of forgets) forget();
    vi.advanceTimersByTime(41 * 86_400_000);
    expect(firedAt).toEqual([61_000, 90_000, 2 * 3_600_000, 40 * 86_400_000]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
