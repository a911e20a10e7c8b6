import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { cacheKey } from "./cache-key.ts";
import { secretMarker } from "../core/effects.ts";
import type { EffectPolicy, Request } from "../core/effects.ts";
import { testPolicy } from "../testing/task-context.ts";

const cwd = mkdtempSync(join(tmpdir(), "tutti-cache-key-"));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
mkdirSync(join(cwd, "src", "deep"), { recursive: true });
writeFileSync(join(cwd, "src", "a.ts"), "a");
writeFileSync(join(cwd, "src", "deep", "b.ts"), "b");
writeFileSync(join(cwd, "other.txt"), "other");
symlinkSync("missing", join(cwd, "src", "dangling.ts"));

interface Change {
  readonly request?: Request;
  readonly policy?: Partial<EffectPolicy>;
  readonly seed?: string;
  readonly attempt?: number;
}

function key({ request, policy, seed = "seed", attempt = 1 }: Change = {}): Promise<string> {
  return cacheKey(
    {
      type: "perform",
      id: `e${attempt}`,
      address: "a",
      attempt,
      request: request ?? { kind: "function", function: "f", args: { a: 1, b: 2 } },
      policy: { ...testPolicy, reads: ["src/**/*.ts"], definition: { run: "x" }, ...policy },
    },
    { seed, cwd },
  );
}

describe("the key of a result", () => {
  it("is the same for the same work, whatever the run, the attempt and the order of keys", async () => {
    const request: Request = { kind: "function", function: "f", args: { b: 2, a: 1 } };
    expect(await key({ request, attempt: 2, policy: { remainingUsd: 1, timeoutMs: 5 } })).toBe(await key());
    expect(await key()).toMatch(/^[0-9a-f]{64}$/);
    const withSecret = (seed: string): Promise<string> =>
      key({ seed, policy: { env: { A: secretMarker(seed, "KEY") } } });
    expect(await withSecret("one")).toBe(await withSecret("two"));
  });

  it("changes with the request, the definition and the environment", async () => {
    const keys = await Promise.all([
      key(),
      key({ request: { kind: "function", function: "f", args: { a: 1, b: 3 } } }),
      key({ policy: { definition: { run: "y" } } }),
      key({ policy: { env: { A: "1" } } }),
      key({ policy: { reads: [] } }),
    ]);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("changes with the content and the names of the files that are read, and with no others", async () => {
    const before = await key();
    writeFileSync(join(cwd, "other.txt"), "changed");
    expect(await key()).toBe(before);
    writeFileSync(join(cwd, "src", "deep", "b.ts"), "changed");
    const changed = await key();
    expect(changed).not.toBe(before);
    writeFileSync(join(cwd, "src", "deep", "b.ts"), "b");
    expect(await key()).toBe(before);
    writeFileSync(join(cwd, "src", "new.ts"), "");
    expect(await key()).not.toBe(before);
  });
});
