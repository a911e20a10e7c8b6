#!/usr/bin/env node
// Plain JavaScript on purpose: an older Node must get one clear line, and `--version` must cost nothing.
import { readFileSync, existsSync } from "node:fs";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const args = process.argv.slice(2);
const root = new URL("../", import.meta.url);

if (args.length === 1 && (args[0] === "--version" || args[0] === "-V" || args[0] === "-v")) {
  const { version } = JSON.parse(readFileSync(new URL("package.json", root), "utf8"));
  process.stdout.write(`${version}\n`);
} else if (major < 24 || (major === 24 && minor < 15)) {
  process.stderr.write(
    `NODE_TOO_OLD: Cannot start tutti on Node "${process.versions.node}": it needs Node 24.15 or newer.\n` +
      "fix: install Node 24 (https://nodejs.org) and run the same command again\n",
  );
  process.exitCode = 2;
} else {
  const bundle = new URL("dist/cli.js", root);
  const source = new URL("src/cli/main.ts", root);
  const { enableCompileCache } = await import("node:module");
  enableCompileCache();
  // A checkout runs from source, the published package from its bundle.
  const { main } = await import((existsSync(source) ? source : bundle).href);
  process.exitCode = await main(args);
}
