import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { text, tool } from "../model-server/replies.ts";
import type { ModelRequest } from "../model-server/server.ts";
import { makeClaudeHome, type ClaudeHome } from "./claude-home.ts";

/** `permissions: ask` with tutti as a program and the real Claude Code: people decide, whatever dies meanwhile. */

const bin = fileURLToPath(new URL("../../bin/tutti.js", import.meta.url));

const workflow = `
name: publish
workspace: none
chain:
  - name: publish
    prompt: publish the package
    permissions: ask
`;

let claude: ClaudeHome;
beforeAll(async () => {
  claude = await makeClaudeHome();
  await claude.write({
    "publish.yaml": workflow,
    "tutti.yaml": `claude_code: {program: ${JSON.stringify(process.env["TUTTI_TEST_CLAUDE"] ?? "claude")}}\n`,
  });
});
beforeEach(() => rm(made(), { force: true }));
afterAll(() => claude.close());

const made = () => join(claude.cwd, "made.txt");
const publish = tool("Bash", { command: "echo made > made.txt && npm --version", description: "publishes" });
const sent = () => JSON.stringify(claude.server.requests.map((request) => request.messages));

function tutti(...args: string[]): {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly lines: readonly Line[] }>;
} {
  const child = spawn(process.execPath, [bin, ...args, "--json"], {
    cwd: claude.cwd,
    env: { ...claude.env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let out = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  const ended = new Promise<{ code: number | null; lines: Line[] }>((resolve) => {
    child.once("close", (code) => {
      const lines = out.split("\n").filter((line) => line.startsWith("{"));
      resolve({ code, lines: lines.map((line) => JSON.parse(line) as Line) });
    });
  });
  return { child, ended };
}

interface Line {
  readonly type: string;
  readonly [key: string]: unknown;
}

const ledgerOf = (lines: readonly Line[]) => lines.find(({ type }) => type === "run.summary")?.["ledger"];

describe("a call of the real Claude Code that nothing allows", { timeout: 180_000 }, () => {
  it("waits for a person with no process, is made when they say yes, and is paid for once", async () => {
    claude.server.play([publish, text("published")]);
    const first = await tutti("run", "publish.yaml").ended;
    expect(first.code).toBe(3);
    expect(existsSync(made())).toBe(false);
    expect(first.lines.find(({ type }) => type === "ask.started")).toMatchObject({
      text: expect.stringContaining('May the agent "claude-code" use Bash with {"command":"echo made'),
    });
    const second = await tutti("approve", "@last", "publish").ended;
    expect(second.code).toBe(0);
    expect(existsSync(made())).toBe(true);
    expect(claude.server.requests).toHaveLength(2);
    expect(ledgerOf(second.lines)).toMatchObject({ costUsd: 0.0016, agents: 2 });
  });

  it("is not made when they say no, and the agent is told why", async () => {
    claude.server.play([publish, text("left it")]);
    await tutti("run", "publish.yaml").ended;
    const { code } = await tutti("reject", "@last", "publish", "--reason", "not on a Saturday").ended;
    expect(code).toBe(0);
    expect(existsSync(made())).toBe(false);
    expect(sent()).toContain("not on a Saturday");
  });

  it("is asked about after kill -9 in the middle of the turn that led to it", async () => {
    const first = tutti("run", "publish.yaml");
    claude.server.play((_, index) => {
      if (index > 0) return publish;
      first.child.kill("SIGKILL");
      return { kind: "silence" };
    });
    await first.ended;
    const second = await tutti("resume", "@last").ended;
    expect(second.code).toBe(3);
    claude.server.play([text("published")]);
    expect((await tutti("approve", "@last", "publish").ended).code).toBe(0);
    expect(existsSync(made())).toBe(true);
  });

  it("is made once, also when tutti is killed after it was made", async () => {
    claude.server.play([publish]);
    await tutti("run", "publish.yaml").ended;
    const second = tutti("approve", "@last", "publish");
    claude.server.play((_, index) => {
      if (index > 0) return text("published");
      second.child.kill("SIGKILL");
      return { kind: "silence" };
    });
    await second.ended;
    expect(existsSync(made())).toBe(true);
    await rm(made());
    const third = await tutti("resume", "@last").ended;
    expect(third.code).toBe(0);
    expect(existsSync(made())).toBe(false);
    expect(sent()).toContain("You were interrupted");
  });

  it("may be one of several: each is asked about in its turn", async () => {
    const again = tool("Bash", { command: "echo again >> made.txt && npm --version", description: "again" });
    claude.server.play([publish, again, text("published twice")]);
    expect((await tutti("run", "publish.yaml").ended).code).toBe(3);
    const second = await tutti("approve", "@last", "publish").ended;
    expect(second.code).toBe(3);
    const third = await tutti("approve", "@last", "publish").ended;
    expect(third.code).toBe(0);
    expect(ledgerOf(third.lines)).toMatchObject({ costUsd: 0.0024 });
  });

  it("leaves what the agent did before it in its working tree", async () => {
    execFileSync(
      "git",
      ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "first", "--allow-empty"],
      {
        cwd: claude.cwd,
      },
    );
    await claude.write({ "tree.yaml": workflow.replace("workspace: none", "workspace: run") });
    const writes = (request: ModelRequest) => {
      const dir = /Primary working directory: ([^\\\n]+)/.exec(JSON.stringify(request))?.[1] ?? "";
      return tool("Write", { file_path: join(dir, "before.txt"), content: "before\n" });
    };
    claude.server.play((request, index) => [writes(request), publish][index] ?? text("done"));
    expect((await tutti("run", "tree.yaml").ended).code).toBe(3);
    expect((await tutti("approve", "@last", "publish").ended).code).toBe(0);
    const shown = await tutti("show", "@last", "publish").ended;
    expect(shown.lines[0]).toMatchObject({ changedFiles: ["before.txt", "made.txt"] });
  });

  it("is made without a question where the program's own rules allow it", async () => {
    claude.server.play([tool("Bash", { command: "ls", description: "looks" }), text("looked")]);
    const { code, lines } = await tutti("run", "publish.yaml").ended;
    expect(code).toBe(0);
    expect(lines.some(({ type }) => type === "ask.started")).toBe(false);
    expect(claude.server.requests).toHaveLength(2);
  });
});
