import { describe, expect, it } from "vitest";
import { isTuttiError } from "../errors.ts";
import type { Notice, Notifier } from "../ports/notifier.ts";

/** One notifier with a place that takes notices, and one that does not. */
export interface NotifierCase {
  readonly notifier: Notifier;
  /** A place where the notice arrives. */
  readonly good: string;
  /** What arrived there, as text. */
  readonly arrived: () => Promise<string>;
  /** The same kind where it cannot arrive. */
  readonly broken: { readonly notifier: Notifier; readonly to: string };
  /** A part of `broken.to` that no error may show. */
  readonly hidden?: string;
}

/** A notice full of what must stay text. */
export const hostileNotice: Notice = {
  id: "r1:0:review[a]/ship:1",
  runId: "r1",
  runName: "release",
  address: "review[a]/ship",
  kind: "approval",
  text: "Ship $(touch pwned) `touch pwned` <b>it</b>\u001b[31m?\n'; touch pwned; \"",
  by: ["ann", "bob"],
  level: 1,
  askedAt: Date.UTC(2026, 0, 1),
  at: Date.UTC(2026, 0, 1, 0, 5),
  lines: ["tutti approve r1 'review[a]/ship'", "tutti reject r1 'review[a]/ship' --reason \"…\""],
};

/** What every driver of `Notifier` does. `hasRun` tells whether something of the notice was run as code. */
export function describeNotifierContract(
  name: string,
  open: () => Promise<NotifierCase>,
  hasRun: () => boolean = () => false,
): void {
  describe(`${name} keeps the contract of Notifier`, () => {
    it("hands the notice over: what is asked, where, and what to type", async () => {
      const { notifier, good, arrived } = await open();
      await notifier.notify(hostileNotice, good);
      const text = await arrived();
      expect(text).toContain("review[a]/ship");
      expect(text).toContain("Ship ");
      expect(text).toContain("tutti approve r1");
    });

    it("makes nothing of the notice code", async () => {
      const { notifier, good, arrived } = await open();
      await notifier.notify(hostileNotice, good);
      expect(hasRun()).toBe(false);
      expect(await arrived()).not.toContain("\u001b");
    });

    it("hands over the same notice again when it is asked to", async () => {
      const { notifier, good, arrived } = await open();
      await notifier.notify(hostileNotice, good);
      const once = await arrived();
      await notifier.notify(hostileNotice, good);
      expect((await arrived()).length).toBeGreaterThan(once.length);
    });

    it("rejects with NOTIFY_FAILED and a fix when it does not arrive, and never shows where to", async () => {
      const { broken, hidden } = await open();
      const error: unknown = await broken.notifier.notify(hostileNotice, broken.to).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(isTuttiError(error, "NOTIFY_FAILED") && error.fix.length > 0).toBe(true);
      expect(String(error)).toMatch(/Cannot tell it by \w+: ./);
      expect(String(error)).not.toContain(hidden ?? "\0");
    });
  });
}
