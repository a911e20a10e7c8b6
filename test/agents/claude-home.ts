import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createClaudeCodeAgent, type ClaudeCodeOptions } from "../../src/agents/claude-code/claude-code.ts";
import type { AgentTask } from "../../src/ports/agent.ts";
import { createProcesses } from "../../src/processes/supervisor.ts";
import { startModelServer, type ModelServer } from "../model-server/server.ts";

/** The real Claude Code with a home, a repository and a scripted model of its own. It reaches nothing but loopback. */
export interface ClaudeHome {
  readonly cwd: string;
  readonly home: string;
  readonly server: ModelServer;
  readonly env: Readonly<Record<string, string>>;
  readonly agent: ReturnType<typeof createClaudeCodeAgent>;
  /** Another agent in the same home. */
  agentWith(options: Partial<ClaudeCodeOptions>): ReturnType<typeof createClaudeCodeAgent>;
  /** Writes files below the repository. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** The call of a command whose file lies in the repository. */
  command(name: string, over?: { readonly arguments?: string; readonly file?: string }): AgentTask["work"];
  /** The processes of a session. */
  pids(sessionId: string): readonly number[];
  close(): Promise<void>;
}

export async function makeClaudeHome(): Promise<ClaudeHome> {
  const base = await mkdtemp(join(tmpdir(), "claude-code-"));
  const cwd = join(base, "repo");
  const home = join(base, "home");
  await mkdir(cwd);
  await mkdir(home);
  execFileSync("git", ["init", "-q", cwd]);
  const server = await startModelServer();
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    ANTHROPIC_API_KEY: "fake",
    ANTHROPIC_BASE_URL: server.url,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    DISABLE_TELEMETRY: "1",
    DISABLE_ERROR_REPORTING: "1",
  };
  const agentWith = (options: Partial<ClaudeCodeOptions>) =>
    createClaudeCodeAgent({
      processes: createProcesses(),
      clock: { now: () => Date.now(), at: () => () => {} },
      file: process.env["TUTTI_TEST_CLAUDE"] ?? "claude",
      home,
      ...options,
    });
  return {
    cwd,
    home,
    server,
    env,
    agent: agentWith({}),
    agentWith,
    write: (files) => writeAll(cwd, files),
    command: (name, over) => ({
      kind: "command",
      command: {
        name,
        arguments: over?.arguments ?? "",
        file: over?.file ?? join(cwd, ".claude", "commands", `${name.replaceAll(":", "/")}.md`),
        expanded: `EXPANDED ${name} ${over?.arguments ?? ""}`,
        native: true,
      },
    }),
    pids: processesOf,
    close: async () => {
      await server.close();
      await rm(base, { recursive: true, force: true });
    },
  };
}

async function writeAll(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

function processesOf(sessionId: string): readonly number[] {
  const table = execFileSync("ps", ["eww", "-A", "-o", "pid=,stat=,command="], {
    encoding: "utf8",
    maxBuffer: 64e6,
  });
  return table
    .split("\n")
    .map((line) => line.trim().split(/\s+/, 2).concat(line))
    .filter(([, stat, line]) => !stat?.startsWith("Z") && line?.includes(`TUTTI_SESSION=${sessionId}`))
    .map(([pid]) => Number(pid));
}
