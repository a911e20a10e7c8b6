import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { GateCheck, GateSubject } from "../core/gate-check.ts";
import type { GateChecker } from "../ports/gate-checker.ts";
import { createTaskContext } from "./task-context.ts";

export interface GateCheckerCase<C extends GateCheck> {
  readonly checker: GateChecker<C>;
  readonly check: C;
  /** Files with which the check holds, and with which it does not. */
  readonly good: Readonly<Record<string, string>>;
  readonly bad: Readonly<Record<string, string>>;
  /** What is known of the work, given the names of the files. */
  readonly subject?: (names: readonly string[]) => GateSubject;
}

type Files = Readonly<Record<string, string>>;

function folderWith(files: Files): string {
  const cwd = mkdtempSync(join(tmpdir(), "tutti-gate-"));
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  return cwd;
}

/** What every checker of a gate that looks at files must hold to; see `ports/gate-checker.ts`. */
export function describeGateCheckerContract<C extends GateCheck>(
  name: string,
  { checker, check, good, bad, subject = () => ({}) }: GateCheckerCase<C>,
): void {
  const look = (files: Files, signal?: AbortSignal) => {
    const cwd = folderWith(files);
    const { context } = createTaskContext({ cwd, ...(signal ? { signal } : {}) });
    return { cwd, outcome: checker.check(check, { ...context, subject: subject(Object.keys(files)) }) };
  };

  describe(`${name} keeps the contract of GateChecker`, () => {
    it("goes by the kind of the check it makes", () => expect(checker.kind).toBe(check.kind));

    it("says that what it sees to hold does, and what it measured", async () => {
      const { ok, evidence, failure } = await look(good).outcome;
      expect({ ok, failure }).toEqual({ ok: true, failure: undefined });
      expect(evidence?.["summary"]).toMatch(/\w/);
    });

    it("says of what does not hold that it does not, why, and what is to be mended", async () => {
      const { ok, evidence } = await look(bad).outcome;
      expect(ok).toBe(false);
      expect(evidence?.["summary"]).toMatch(/\w/);
      expect(evidence?.["output"]).toMatch(/\w/);
    });

    it("does not hold where there is nothing to look at", async () => {
      const { context } = createTaskContext({ cwd: folderWith({}) });
      const { ok, evidence } = await checker.check(check, { ...context, subject: {} });
      expect(ok).toBe(false);
      expect(evidence?.["summary"]).toMatch(/; \w/);
    });

    it("changes nothing", async () => {
      const { cwd, outcome } = look(good);
      await outcome;
      const now = readdirSync(cwd).map((file) => [file, readFileSync(join(cwd, file), "utf8")]);
      expect(Object.fromEntries(now)).toEqual(good);
    });

    it("rejects with the reason of the signal", async () => {
      const { outcome } = look(good, AbortSignal.abort(new Error("enough")));
      await expect(outcome).rejects.toThrow("enough");
    });
  });
}
