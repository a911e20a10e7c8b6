import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const tools = join(root, "node_modules", ".bin");
const folder = realpathSync(mkdtempSync(join(tmpdir(), "tutti-package-")));
const app = join(folder, "app");
const timeout = 120_000;

/** npm, run by the Node that runs this test. */
const npm = npmCli();
const own = Object.entries(process.env).filter(
  ([name]) => !/^(NODE_OPTIONS|NODE_ENV|TUTTI_HOME|TEST|VITEST.*)$/.test(name),
);
const env = {
  ...Object.fromEntries(own),
  NO_COLOR: "1",
  PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
};

function npmCli(): string {
  const said = process.env["npm_execpath"];
  if (said?.endsWith("npm-cli.js")) return said;
  const places = (process.env["PATH"] ?? "").split(delimiter).map((path) => join(path, "npm"));
  return realpathSync(places.find((path) => existsSync(path)) ?? "npm");
}

function run(program: string, args: readonly string[], cwd = app): SpawnSyncReturns<string> {
  return spawnSync(program, args, { cwd, env, encoding: "utf8", timeout });
}

/** The program as `npx` finds it, without npm's own remarks. */
function tutti(...args: readonly string[]): SpawnSyncReturns<string> {
  return run(process.execPath, [npm, "exec", "--offline", "--", "tutti", ...args]);
}

/** Installs the tarball, from npm's cache where it can; says why when that needs a network that is not there. */
function install(tarball: string): string | undefined {
  mkdirSync(app);
  writeFileSync(join(app, "package.json"), '{ "name": "app", "private": true, "type": "module" }\n');
  const flags = ["--prefer-offline", "--no-audit", "--no-fund", "--fetch-retries=1"];
  const done = run(process.execPath, [npm, "install", ...flags, tarball]);
  if (done.status === 0) return undefined;
  if (/ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT|ENOTCACHED|ENETUNREACH/.test(done.stderr))
    return done.stderr;
  throw new Error(`npm install ended with ${done.status}:\n${done.stderr}`);
}

const workflow = {
  name: "packed",
  agent: "mock",
  chain: [
    {
      name: "look",
      command: "/query",
      params: "what is here",
      output: { type: "object", properties: { files: { type: "integer" } }, required: ["files"] },
    },
    { name: "say", run: "echo files: ${{ look.output.files }}" },
  ],
};

describe("the packed package", () => {
  let noNetwork: string | undefined;

  beforeAll(() => {
    const packed = run(process.execPath, [npm, "pack", "--silent", "--pack-destination", folder], root);
    if (packed.status !== 0) throw new Error(`npm pack ended with ${packed.status}:\n${packed.stderr}`);
    noNetwork = install(join(folder, packed.stdout.trim().split("\n").at(-1) ?? ""));
    if (noNetwork !== undefined) return;
    cpSync(join(root, "test", "package", "consumer"), app, { recursive: true });
    writeFileSync(join(app, "workflow.json"), JSON.stringify(workflow));
    // What a consumer has of their own: types of Node, and vitest for tutti/testing.
    mkdirSync(join(app, "node_modules", "@types"), { recursive: true });
    for (const name of ["@types/node", "vitest", "undici-types"]) {
      const place = join(root, "node_modules", name);
      if (existsSync(place)) symlinkSync(place, join(app, "node_modules", name));
    }
  }, timeout);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  beforeEach((context) => {
    if (noNetwork !== undefined) context.skip(`the package's dependencies cannot be fetched: ${noNetwork}`);
  });

  it("says its version", { timeout }, () => {
    const { stdout, status } = tutti("--version");
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(status).toBe(0);
  });

  it("runs a workflow, with a command of its own library", { timeout }, () => {
    const done = tutti("run", "workflow.json", "--json");
    expect(done.status, done.stderr).toBe(0);
    const lines = done.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { readonly status?: string });
    expect(lines.at(-1)).toMatchObject({ status: "completed" });
    expect(tutti("show", "@last").stdout).toContain("files: ");
  });

  it("has what its verbs need beside the program: library, patterns, schema", { timeout }, () => {
    expect(tutti("commands").stdout).toContain("/protocol");
    expect(JSON.parse(tutti("schema").stdout)).toMatchObject({ title: "tutti workflow" });
    const pattern = tutti(
      "run",
      "pattern:research_plan_execute",
      "--agent",
      "mock",
      "--input",
      "goal=x",
      "--json",
    );
    expect([0, 2], pattern.stderr).toContain(pattern.status);
    expect(pattern.stderr).not.toContain("INTERNAL");
    expect(tutti("doctor").stdout).toContain("agent mock");
  });

  it("shows a run live in a terminal", { timeout }, (context) => {
    if (spawnSync("script", ["--version"]).status !== 0)
      context.skip("there is no `script` to make a terminal");
    const line = `'${process.execPath}' node_modules/tutti/bin/tutti.js run workflow.json`;
    const done = spawnSync("script", ["-qec", line, "/dev/null"], {
      cwd: app,
      env: { ...env, TERM: "xterm-256color" },
      input: "",
      encoding: "utf8",
      timeout,
    });
    expect(done.status, done.stdout).toBe(0);
    // The alternate screen was entered and left, and the summary stands after it.
    expect(done.stdout.split("\u001b[?1049l")[0]).toContain("\u001b[?1049h");
    expect(done.stdout.split("\u001b[?1049l")[1]).toContain("completed");
  });

  it("is typed from end to end, its own declarations included", { timeout }, () => {
    const done = run(join(tools, "tsc"), ["-p", "tsconfig.json"]);
    expect(done.stdout + done.stderr).toBe("");
    expect(done.status).toBe(0);
  });

  it("runs a program with an executor, an agent and a function of its own", { timeout }, () => {
    const done = run(process.execPath, ["program.ts"]);
    expect(done.stderr).toBe("");
    expect(JSON.parse(done.stdout)).toEqual({
      statuses: ["completed", "completed"],
      outputs: expect.arrayContaining([
        ["call", "hello"],
        ["say", "hello there"],
        ["both", "hello hello there"],
      ]) as unknown,
      ended: true,
      metrics: true,
      mistakes: ["UNKNOWN_KEY"],
    });
  });

  it("has contract suites that the executor of that program passes", { timeout }, () => {
    const file = join(app, "report.json");
    const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
    const done = run(process.execPath, [vitest, "run", "--reporter=json", `--outputFile=${file}`]);
    const report = JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, number>>;
    expect(report, done.stderr).toMatchObject({ numFailedTests: 0, success: true });
    expect(report["numPassedTests"]).toBeGreaterThan(9);
  });

  it("is refused by an older Node with one clear line", { timeout }, (context) => {
    const old = ["/usr/bin/node", "/usr/local/bin/node"].find(
      (file) =>
        existsSync(file) && Number(run(file, ["-p", "process.versions.node.split('.')[0]"]).stdout) < 24,
    );
    if (old === undefined) return context.skip("there is no older Node here");
    const done = run(old, ["node_modules/tutti/bin/tutti.js", "run", "workflow.json"]);
    expect(done.status).toBe(2);
    expect(done.stdout).toBe("");
    expect(done.stderr).toMatch(/^NODE_TOO_OLD: Cannot start tutti on Node "\d+[^\n]*\nfix: [^\n]*\n$/);
  });
});
