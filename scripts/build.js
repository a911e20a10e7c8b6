// Builds what is published: the library by tsc (one .js and .d.ts a module), the CLI as one bundle by esbuild.
import { spawnSync } from "node:child_process";
import { rmSync, cpSync, existsSync } from "node:fs";
import { build } from "esbuild";
import manifest from "../package.json" with { type: "json" };

const { peerDependencies } = manifest;
rmSync("dist", { recursive: true, force: true });
const types = spawnSync("tsc", ["-p", "tsconfig.build.json"], { stdio: "inherit" });
if (types.status !== 0) process.exit(types.status ?? 1);
await build({
  entryPoints: { cli: "src/cli/main.ts" },
  outdir: "dist",
  bundle: true,
  splitting: true,
  chunkNames: "cli-chunks/[name]-[hash]",
  platform: "node",
  format: "esm",
  target: "node24",
  minify: false,
  legalComments: "none",
  // What people install themselves is looked for where tutti lies.
  external: [...Object.keys(peerDependencies), "react-devtools-core"],
  // React brings its development build otherwise. The source sets the variable too, for runs without a bundle.
  define: { "process.env.NODE_ENV": '"production"' },
  logOverride: { "assign-to-define": "silent" },
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
});
if (existsSync("src/commands/library"))
  cpSync("src/commands/library", "dist/commands/library", { recursive: true });
