// Everything that must hold, in one command: format, lint, types, dead code, build, package, tests.
// Prints one line a check and the plain closing line that CI reads.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";

/** @type {[string, string, string[]][]} */
const checks = [
  ["format", "oxfmt", ["--check"]],
  // First the build: what uses the package by its name is linted against it.
  ["build", "node", ["scripts/build.js"]],
  ["lint", "oxlint", ["--type-aware", "--deny-warnings"]],
  ["types", "tsc", ["-p", "tsconfig.json"]],
  ["dead code", "knip", []],
  ["package", "publint", ["--strict"]],
  ["package types", "attw", ["--pack", ".", "--profile", "esm-only"]],
];

let failed = 0;
for (const [name, program, args] of checks) {
  const started = performance.now();
  const done = spawnSync(program, args, { encoding: "utf8" });
  const ok = done.status === 0;
  if (!ok) failed += 1;
  console.log(`${ok ? "ok  " : "FAIL"} ${name} (${Math.round(performance.now() - started)} ms)`);
  if (!ok) console.log(`${done.stdout ?? ""}${done.stderr ?? ""}${done.error ? String(done.error) : ""}`);
}

// What tests start as `tutti` (test/program.ts): the package as it is published. Apart, as tests of the package build again.
const program = resolve("node_modules/.cache/program");
const isBuilt = existsSync("dist/cli.js");
if (isBuilt) {
  rmSync(program, { recursive: true, force: true });
  for (const name of ["bin", "dist", "schema", "package.json"])
    cpSync(name, `${program}/${name}`, { recursive: true });
}

const results = "node_modules/.cache/vitest-results.json";
const tests = spawnSync(
  "vitest",
  ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${results}`],
  {
    stdio: "inherit",
    env: { ...process.env, ...(isBuilt && { PROGRAM_UNDER_TEST: `${program}/bin/tutti.js` }) },
  },
);
const report = tests.error
  ? { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0 }
  : JSON.parse(readFileSync(results, "utf8"));
const broken = report.numFailedTests + failed + (tests.status !== 0 && report.numFailedTests === 0 ? 1 : 0);
console.log(
  `\n${report.numPassedTests + checks.length - failed} passed, ${broken} failed, ${report.numPendingTests} skipped`,
);
process.exitCode = broken === 0 ? 0 : 1;
