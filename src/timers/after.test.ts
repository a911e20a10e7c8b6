import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { after } from "./after.ts";

const dayMs = 24 * 3_600_000;
let fired = 0;

beforeEach(() => {
  fired = 0;
  vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

it.each([0, 1, 60_000, 24.8 * dayMs, 25 * dayMs, 365 * dayMs])(
  "%d ms are waited for, not less",
  (delayMs) => {
    after(delayMs, () => (fired += 1));
    vi.advanceTimersByTime(Math.max(0, delayMs - 1));
    expect(fired).toBe(delayMs === 0 ? 1 : 0);
    vi.advanceTimersByTime(2);
    expect(fired).toBe(1);
    vi.advanceTimersByTime(1000 * dayMs);
    expect(fired).toBe(1);
  },
);

it("what is forgotten is not done, also after a part of a long time", () => {
  const forget = after(100 * dayMs, () => (fired += 1));
  vi.advanceTimersByTime(50 * dayMs);
  forget();
  vi.advanceTimersByTime(100 * dayMs);
  expect(fired).toBe(0);
});
