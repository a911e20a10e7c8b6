// Runs test/agents/*.agents.ts against real agents: installs the pinned programs into .cache/agents once, then starts
// vitest with an environment that holds no key and reaches nothing but loopback.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const cache = join(root, ".cache", "agents");
const pins = {
  "@anthropic-ai/claude-code": "2.1.329",
  "@agentclientprotocol/claude-agent-acp": "0.100.0",
  "@agentclientprotocol/codex-acp": "2.6.0",
  "@google/gemini-cli": "0.61.0",
  "opencode-ai": "1.18.33",
};
/** What each program says of its version. */
const programs = {
  claude: "2.1.329 (Claude Code)",
  "claude-agent-acp": "0.100.0",
  "codex-acp": "@agentclientprotocol/codex-acp 2.6.0",
  gemini: "0.61.0",
  opencode: "1.18.33",
};

function installedVersion(name) {
  const manifest = join(cache, "node_modules", name, "package.json");
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, "utf8")).version : undefined;
}

/** npm-cli.js, so that npm runs on this Node: on an older one it would choose an older agent without a word. */
function npmCli() {
  if (process.env.npm_execpath?.endsWith("npm-cli.js")) return process.env.npm_execpath;
  const folder = (process.env.PATH ?? "").split(delimiter).find((path) => existsSync(join(path, "npm")));
  if (folder === undefined) throw new Error("npm is not in PATH");
  return realpathSync(join(folder, "npm"));
}

function install() {
  const missing = Object.entries(pins).filter(([name, version]) => installedVersion(name) !== version);
  if (missing.length === 0) return;
  const names = missing.map(([name, version]) => `${name}@${version}`);
  console.log(`tutti: installing ${names.join(", ")} into .cache/agents (once, about 1.7 GB)`);
  mkdirSync(cache, { recursive: true });
  if (!existsSync(join(cache, "package.json")))
    writeFileSync(join(cache, "package.json"), '{ "private": true }\n');
  const args = [npmCli(), "install", "-E", "--no-audit", "--no-fund", "--loglevel=error", ...names];
  const done = spawnSync(process.execPath, args, { cwd: cache, stdio: "inherit" });
  if (done.status === 0) return;
  console.error(`Cannot install ${names.join(", ")}: npm ended with ${done.status ?? done.signal}`);
  console.error(
    "fix: check the network and the registry that npm uses, then run `npm run test:agents` again",
  );
  process.exit(1);
}

function checked(program) {
  const file = join(cache, "node_modules", ".bin", program);
  const env = { PATH: process.env.PATH, HOME: cache, DISABLE_AUTOUPDATER: "1" };
  const said = spawnSync(file, ["--version"], { env, encoding: "utf8" });
  if (said.stdout?.trim() === programs[program]) return file;
  console.error(`Cannot use ${file}: it says "${(said.stdout ?? String(said.error)).trim()}"`);
  console.error(`fix: remove .cache/agents and run again`);
  process.exit(1);
}

install();
const files = Object.fromEntries(Object.keys(programs).map((program) => [program, checked(program)]));
const env = {
  PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
  HOME: process.env.HOME,
  TMPDIR: process.env.TMPDIR ?? "/tmp",
  TUTTI_TEST_CLAUDE: files.claude,
  TUTTI_TEST_AGENTS: join(cache, "node_modules", ".bin"),
  ...(process.env.TUTTI_TEST_ONLY ? { TUTTI_TEST_ONLY: process.env.TUTTI_TEST_ONLY } : {}),
  ...(process.env.TUTTI_SHOW ? { TUTTI_SHOW: process.env.TUTTI_SHOW } : {}),
  ...(process.env.CI ? { CI: process.env.CI } : {}),
};
const vitest = join(root, "node_modules", ".bin", "vitest");
const args = ["run", "--config", "test/agents/vitest.config.ts", ...process.argv.slice(2)];
const tests = spawnSync(vitest, args, { cwd: root, env, stdio: "inherit" });
process.exitCode = tests.status ?? 1;
