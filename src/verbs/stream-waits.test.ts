import { expect, it } from "vitest";
import type { Failure } from "../core/outcome.ts";
import type { BreakerRecord } from "../ports/breaker-store.ts";
import { createFakeClock } from "../runtimes/memory/fake-clock.ts";
import { createMemoryStore } from "../runtimes/memory/store.ts";
import { waitTeller } from "./stream-waits.ts";

const breaker = "service http://x";

function held() {
  const clock = createFakeClock();
  const { breakers } = createMemoryStore({ clock });
  const told: (string | null | undefined)[] = [];
  const waiting = waitTeller({ clock, breakers }, ({ waits }) => void told.push(waits));
  const dueAt = clock.now() + 300_000;
  const wait = (failure: Partial<Failure>, free = () => {}) =>
    waiting(
      {
        place: "http",
        failure: { code: "HTTP_FAILED", message: "no", class: "transient", ...failure },
        dueAt,
      },
      free,
    );
  const open: BreakerRecord = { key: breaker, failures: 5, at: clock.now(), message: "no", openUntil: dueAt };
  return { clock, breakers, told, wait, dueAt, open };
}

it("says what tries wait for that are held up, once for all of them, and when that is over", () => {
  const { told, wait, dueAt } = held();
  wait({})();
  const over = [wait({ breaker }), wait({ breaker })];
  for (const one of over) one();
  wait({ class: "quota" })();
  expect(told).toEqual([
    `the circuit breaker of "${breaker}" at "http" until {time:${dueAt}}`,
    null,
    `the quota of what it asks at "http" until {time:${dueAt}}`,
    null,
  ]);
});

it("lets a try go on when its circuit breaker is closed", async () => {
  const { clock, breakers, wait, open } = held();
  await breakers.update(() => ({ value: undefined, put: [open] }));
  let isFree = false;
  wait({ breaker }, () => (isFree = true));
  const look = async (): Promise<void> => {
    clock.advance(1000);
    await new Promise(setImmediate);
  };
  await look();
  expect(isFree).toBe(false);
  await breakers.clear();
  await look();
  expect(isFree).toBe(true);
});
