import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = readFileSync(join(root, "docs/api.md"), "utf8");
const entries = {
  tutti: join(root, "src/index.ts"),
  "tutti/testing": join(root, "src/testing/index.ts"),
} as const;
const hasSuites = existsSync(entries["tutti/testing"]);

const folder = mkdtempSync(join(tmpdir(), "tutti-docs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

interface Example {
  readonly name: string;
  readonly dir: string;
  readonly text: string;
  /** A suite is run by vitest, everything else by node. */
  readonly suite: boolean;
}

/** The `ts` fences of the page, each in a project folder of its own. */
const examples: readonly Example[] = [...page.matchAll(/^```ts\n([^]*?)^```/gm)].map((match, index) => {
  const text = match[1] ?? "";
  const heading = page.slice(0, match.index).split(/^## /m).at(-1)?.split("\n")[0];
  const dir = join(folder, String(index + 1));
  mkdirSync(join(dir, ".git"), { recursive: true });
  const suite = text.includes('"tutti/testing"');
  writeFileSync(join(dir, suite ? "example.test.ts" : "example.ts"), text);
  return { name: `${index + 1}, ${heading ?? ""}`, dir, text, suite };
});

writeFileSync(join(folder, "package.json"), '{"type": "module"}');
symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));

/** Calls node as a reader would have it: `tutti` is this checkout. */
function node(dir: string, ...args: readonly string[]) {
  const env = { PATH: process.env["PATH"] ?? "", HOME: folder, NO_COLOR: "1" };
  return spawnSync(process.execPath, args, { cwd: dir, env, encoding: "utf8" });
}

/** A module that node loads first, so that `import "tutti"` finds the source. */
const mapping = join(folder, "mapping.js");
writeFileSync(
  mapping,
  `import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
const entries = ${JSON.stringify(entries)};
registerHooks({
  resolve: (name, context, next) =>
    Object.hasOwn(entries, name)
      ? { url: pathToFileURL(entries[name]).href, shortCircuit: true }
      : next(name, context),
});
`,
);

function expectedOf(text: string): string {
  return [...text.matchAll(/\/\/ prints: (.*)$/gm)].map((match) => `${match[1] ?? ""}\n`).join("");
}

describe("the examples of docs/api.md", () => {
  it("are found", () => {
    expect(examples.length).toBeGreaterThanOrEqual(8);
    expect(examples.filter(({ suite }) => suite)).toHaveLength(1);
  });

  it("have the right types", () => {
    const base = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8")) as { compilerOptions: object };
    const paths = Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, [file]]));
    const compilerOptions = { ...base.compilerOptions, paths };
    const files = examples.filter(({ suite }) => !suite || hasSuites);
    const include = files.map(({ dir, suite }) => join(dir, suite ? "example.test.ts" : "example.ts"));
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include }));
    const { stdout, stderr } = spawnSync(join(root, "node_modules/.bin/tsc"), ["-p", folder], {
      encoding: "utf8",
      env: { ...process.env, PATH: `${join(root, "node_modules/.bin")}:${process.env["PATH"] ?? ""}` },
    });
    expect(stdout + stderr).toBe("");
  });

  for (const { name, dir, text, suite } of examples) {
    if (suite) continue;
    it(`print what they say: ${name}`, () => {
      const { stdout, stderr } = node(dir, "--import", mapping, "example.ts");
      expect({ stdout, stderr }).toEqual({ stdout: expectedOf(text), stderr: "" });
    });
  }

  it.skipIf(!hasSuites)("run the published contract suite", () => {
    const suite = examples.find((example) => example.suite);
    const alias = Object.entries(entries)
      .toReversed()
      .map(([find, replacement]) => ({ find, replacement }));
    const dir = suite?.dir ?? "";
    writeFileSync(join(dir, "vitest.config.js"), `export default ${JSON.stringify({ resolve: { alias } })};`);
    const program = join(root, "node_modules/vitest/vitest.mjs");
    const { status, stdout, stderr } = node(dir, program, "run");
    expect({ status, told: status === 0 ? "" : stdout + stderr }).toEqual({ status: 0, told: "" });
    expect(stdout).toMatch(/Tests .*[1-9] passed/);
  });
});
