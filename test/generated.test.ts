import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { errorCodes } from "../src/errors.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

function node(...args: readonly string[]) {
  return spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
}

describe("generated files", () => {
  it("are what the source says now", () => {
    const { status, stderr } = node("scripts/generate.js", "--check");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  it("hold every error code once", () => {
    const page = readFileSync(`${root}/docs/errors.md`, "utf8");
    const rows = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code = ""]) => code);
    expect(rows).toEqual(Object.keys(errorCodes));
  });

  it("hold the schema that `tutti schema` prints", () => {
    const { stdout } = node("bin/tutti.js", "schema");
    expect(stdout).toBe(readFileSync(`${root}/schema/workflow.json`, "utf8"));
  });
});
