// Makes a fresh clone ready, on any Node from 20: installs the locked dependencies once (they bring Node 24),
// then runs the rest of the command line on that Node.
//   node scripts/setup.js -- <program> [arguments]
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync, mkdirSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const stamp = join(root, "node_modules", ".tutti-installed");
const bin = join(root, "node_modules", ".bin");

function lockHash() {
  return createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
}

function installed() {
  return (
    existsSync(join(bin, "node")) &&
    statSync(join(bin, "node")).size > 0 &&
    existsSync(stamp) &&
    readFileSync(stamp, "utf8") === lockHash()
  );
}

function run(program, args) {
  const env = { ...process.env, PATH: bin + delimiter + process.env.PATH };
  const done = spawnSync(program, args, { cwd: root, stdio: "inherit", env });
  if (done.error) throw done.error;
  return done.status ?? 1;
}

if (!installed()) {
  process.stderr.write("tutti: installing the locked dependencies (once)\n");
  // Not `npm ci`: it refuses a lock file that lacks optional builds for platforms a registry does not carry.
  const status = run("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"]);
  if (status !== 0) process.exit(status);
  mkdirSync(join(root, "node_modules"), { recursive: true });
  writeFileSync(stamp, lockHash());
}

const [separator, program, ...args] = process.argv.slice(2);
if (separator === "--" && program) process.exit(run(program, args));
