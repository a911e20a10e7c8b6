// The main job: a workflow over a real git repository, killed with SIGKILL in the middle, resumed, and checked.
//   npm run quickstart [-- --agent claude-code] [-- --keep]
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { openTutti } from "../src/engine.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = join(root, "bin", "tutti.js");
const example = join(root, "examples", "quickstart");
const args = process.argv.slice(2);
const agent = args.includes("--agent") ? (args[args.indexOf("--agent") + 1] ?? "") : "mock";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "tutti-quickstart-")));
const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
delete env.TUTTI_HOME;

function say(text) {
  process.stderr.write(`\n── ${text}\n`);
}

function git(...command) {
  const done = spawnSync("git", command, { cwd: folder, env, encoding: "utf8" });
  if (done.status !== 0) throw new Error(`git ${command.join(" ")}: ${done.stderr}`);
  return done.stdout;
}

function tutti(...command) {
  return spawn(process.execPath, [bin, ...command], { cwd: folder, env, stdio: "inherit" });
}

function ended(child) {
  return new Promise((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
}

function makeProject() {
  cpSync(join(example, "project"), folder, { recursive: true });
  for (const file of ["workflow.yaml", "mock.yaml"]) cpSync(join(example, file), join(folder, file));
  git("init", "--quiet", "--initial-branch", "main");
  git("config", "user.name", "quickstart");
  git("config", "user.email", "quickstart@localhost");
  git("add", "--all");
  git("commit", "--quiet", "--message", "every tenth piece is free, says the test");
}

/**
 * Waits until two steps have ended while another one runs; gives the addresses of those that have ended. Undefined
 * when the run ended before that.
 */
async function middleOf(child) {
  const reader = await openTutti({ cwd: folder, state: "disk" });
  try {
    while (child.exitCode === null && child.signalCode === null) {
      const [row] = await reader.runs();
      const nodes = row ? (await reader.show(row.runId)).nodes : [];
      const done = nodes.filter((node) => node.status === "verified").map((node) => node.address);
      if (done.length >= 2 && nodes.some((node) => node.status === "running")) return done;
      await sleep(50);
    }
    return undefined;
  } finally {
    await reader.close();
  }
}

/** What the log says: which of the steps that had ended before the kill were started again. */
async function repeated(before) {
  const reader = await openTutti({ cwd: folder });
  try {
    const [row] = await reader.runs();
    const events = await reader.events(row.runId);
    const kill = events.findIndex((event) => event.type === "run.recovered");
    const again = events
      .slice(kill)
      .filter((event) => event.type === "attempt.started")
      .map((event) => event.address);
    return { view: await reader.show(row.runId), again: before.filter((address) => again.includes(address)) };
  } finally {
    await reader.close();
  }
}

/** Runs, kills, resumes and checks; gives the exit status. */
async function quickstart() {
  makeProject();
  say(`a git repository with a failing test was made in ${folder}`);
  say(`tutti run workflow.yaml --agent ${agent}`);
  const mock = agent === "mock" ? ["--mock", "mock.yaml"] : [];
  const run = tutti("run", "workflow.yaml", "--agent", agent, ...mock);
  const end = ended(run);
  const before = await middleOf(run);
  if (before === undefined) return endedEarly(await end);
  run.kill("SIGKILL");
  await end;
  say(`kill -9 ${run.pid}, in the middle: ${before.join(", ")} had ended`);
  say("tutti resume @last");
  const { code } = await ended(tutti("resume", "@last"));
  const { view, again } = await repeated(before);
  say("tutti show @last");
  await ended(tutti("show", "@last"));
  return landAndCheck({ view, again, code });
}

/** Brings what the run did into the checkout, and says how all of it went. */
async function landAndCheck({ view, again, code }) {
  const untouched = git("status", "--porcelain") === "";
  say("the work lies in a tree of its own, your checkout is as it was: tutti land @last --yes");
  const landing = await ended(tutti("land", "@last", "--yes"));
  const passed = testsPass();
  const { counts } = view;
  say(
    `${view.status}: ${counts.verified} verified, ${counts.claimed} claimed, ${counts.skipped} skipped, ${counts.failed} failed; ` +
      `steps repeated after kill -9: ${again.length === 0 ? "none" : again.join(", ")}; ` +
      `your checkout before landing: ${untouched ? "untouched" : "CHANGED"}; ` +
      `the tests of the repository after it ${passed ? "pass" : "FAIL"}`,
  );
  const isWhole = code === 0 && landing.code === 0 && view.status === "completed";
  return isWhole && again.length === 0 && untouched && passed ? 0 : 1;
}

/** tutti has said why it started nothing; a run that came to an end was too fast to be killed. */
function endedEarly({ code }) {
  if (code === 2) return 2;
  say("the run ended before it could be killed in its middle");
  return 1;
}

function testsPass() {
  const plain = { ...env, NODE_TEST_CONTEXT: undefined };
  return spawnSync(process.execPath, ["--test"], { cwd: folder, env: plain }).status === 0;
}

function sayNext() {
  const node = join(root, "node_modules", ".bin", "node");
  say("next, in a project of your own:");
  process.stderr.write(`   alias tutti='"${node}" "${bin}"'\n   tutti init\n`);
}

try {
  process.exitCode = await quickstart();
  if (process.exitCode === 0) sayNext();
} finally {
  if (args.includes("--keep")) say(`kept: ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
}
