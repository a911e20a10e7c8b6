import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { tool, type Reply } from "../model-server/replies.ts";
import { startModelServer, type ModelServer } from "../model-server/server.ts";

const bin = fileURLToPath(new URL("../../bin/tutti.js", import.meta.url));

/** What differs between the real agents: how they reach a model, and how a model calls their tools. */
export interface RealAgent {
  readonly name: string;
  /** A model that they know. */
  readonly model: string;
  readonly env: (url: string) => Readonly<Record<string, string>>;
  readonly write: (path: string, content: string) => Reply;
  readonly shell: (command: string) => Reply;
  /** The call of the tool `say` of the MCP server `words`. */
  readonly say: Reply;
  /** A shell call that it asks permission for. */
  readonly asking?: (command: string) => Reply;
  readonly holdsTools: boolean;
  readonly tellsCost: boolean;
  readonly thinks: boolean;
  /** It takes up a session right after it was killed. */
  readonly resumesAtOnce: boolean;
}

const opencode = (url: string) =>
  JSON.stringify({
    model: "fake/m1",
    small_model: "fake/m1",
    autoupdate: false,
    share: "disabled",
    provider: {
      fake: {
        npm: "@ai-sdk/openai-compatible",
        name: "Fake",
        options: { baseURL: `${url}/v1`, apiKey: "fake" },
        models: Object.fromEntries(
          ["m1", "m2"].map((name) => [
            name,
            {
              name,
              tool_call: true,
              cost: { input: 1, output: 2 },
              limit: { context: 100_000, output: 4096 },
            },
          ]),
        ),
      },
    },
  });

const codex = (url: string) =>
  JSON.stringify({
    model: "gpt-6-sol",
    model_provider: "fake",
    model_providers: {
      fake: {
        name: "fake",
        base_url: `${url}/v1`,
        wire_api: "responses",
        env_key: "OPENAI_API_KEY",
        request_max_retries: 1,
        stream_max_retries: 1,
      },
    },
  });

export const realAgents: readonly RealAgent[] = [
  {
    name: "claude-acp",
    model: "haiku",
    env: (url) => ({
      ANTHROPIC_API_KEY: "fake",
      ANTHROPIC_BASE_URL: url,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_TELEMETRY: "1",
      DISABLE_ERROR_REPORTING: "1",
    }),
    write: (path, content) => tool("Write", { file_path: path, content }),
    shell: (command) => tool("Bash", { command, description: "runs it" }),
    say: tool("mcp__words__say", {}),
    holdsTools: true,
    tellsCost: true,
    thinks: true,
    resumesAtOnce: true,
  },
  {
    name: "gemini",
    model: "gemini-2.5-flash",
    env: (url) => ({
      GEMINI_API_KEY: "fake",
      GOOGLE_GEMINI_BASE_URL: url,
      GEMINI_TELEMETRY_ENABLED: "false",
    }),
    write: (path, content) => tool("write_file", { file_path: path, content }),
    shell: (command) => tool("run_shell_command", { command }),
    say: tool("mcp_words_say", {}),
    holdsTools: true,
    tellsCost: false,
    thinks: false,
    // It writes one file a minute and session, and begins it anew when the session is loaded within it.
    resumesAtOnce: false,
  },
  {
    name: "opencode",
    model: "fake/m2",
    env: (url) => ({
      OPENCODE_CONFIG_CONTENT: opencode(url),
      OPENCODE_DISABLE_MODELS_FETCH: "1",
      OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
    }),
    write: (path, content) => tool("write", { filePath: path, content }),
    shell: (command) => tool("bash", { command, description: "runs it" }),
    say: tool("words_say", {}),
    holdsTools: true,
    tellsCost: true,
    thinks: false,
    resumesAtOnce: true,
  },
  {
    name: "codex",
    model: "gpt-5.5",
    env: (url) => ({ OPENAI_API_KEY: "fake", MODEL_PROVIDER: "fake", CODEX_CONFIG: codex(url) }),
    write: (path, content) => tool("exec_command", { cmd: `printf ${JSON.stringify(content)} > ${path}` }),
    shell: (command) => tool("exec_command", { cmd: command }),
    say: { kind: "tool", name: "say", namespace: "mcp__words", input: {} },
    asking: (command) =>
      tool("exec_command", {
        cmd: command,
        sandbox_permissions: "require_escalated",
        justification: "it has to leave the sandbox",
      }),
    holdsTools: false,
    tellsCost: false,
    thinks: true,
    resumesAtOnce: true,
  },
];

interface Line {
  readonly type: string;
  readonly address?: string;
  readonly [key: string]: unknown;
}

export interface Ended {
  readonly code: number | null;
  readonly lines: readonly Line[];
  readonly err: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What it has printed so far. */
  readonly out: () => string;
}

/** A real agent with a home, a repository and a scripted model of its own. It reaches nothing but loopback. */
export interface AcpHome {
  readonly cwd: string;
  readonly server: ModelServer;
  tutti(...args: string[]): Started;
  /** Processes that belong to it: whatever runs with its home. */
  living(): number;
  /** Whether a `sleep 600` of it runs. */
  sleeps(): boolean;
  close(): Promise<void>;
}

export async function makeAcpHome(
  agent: RealAgent,
  files: Readonly<Record<string, string>>,
): Promise<AcpHome> {
  const base = await mkdtemp(join(tmpdir(), `acp-${agent.name}-`));
  const cwd = join(base, "repo");
  const home = join(base, "home");
  const tmp = join(base, "tmp");
  await mkdir(tmp);
  await mkdir(join(home, ".codex"), { recursive: true });
  await mkdir(cwd);
  for (const [name, content] of Object.entries(files)) await writeFile(join(cwd, name), content);
  const git = (...args: string[]) => execFileSync("git", args, { cwd });
  git("init", "-q");
  git("config", "user.name", "A");
  git("config", "user.email", "a@b");
  git("add", "-A");
  git("commit", "-q", "-m", "first");
  const server = await startModelServer();
  const env = {
    PATH: [process.env["TUTTI_TEST_AGENTS"] ?? "", process.env["PATH"] ?? ""].join(delimiter),
    HOME: home,
    // a sandbox may put things beside what it guards: an empty `.git` in /tmp makes that a project for everybody
    TMPDIR: tmp,
    ...agent.env(server.url),
  };
  return {
    cwd,
    server,
    tutti: (...args) => start(args, { cwd, env }),
    living: () => livingUnder(home).length,
    sleeps: () => livingUnder(home).some((line) => /\bsleep 600 /.test(line)),
    close: async () => {
      await server.close();
      await rm(base, { recursive: true, force: true });
    },
  };
}

function start(
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Started {
  const child = spawn(process.execPath, [bin, ...args], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code) => {
      if (code !== 0 && process.env["TUTTI_SHOW"]) process.stderr.write(`${out}\n${err}`);
      const lines = out.split("\n").filter((line) => line.startsWith("{"));
      resolve({ code, err, lines: lines.map((line) => JSON.parse(line) as Line) });
    });
  });
  return { child, ended, out: () => out };
}

function livingUnder(home: string): readonly string[] {
  const table = execFileSync("ps", ["eww", "-A", "-o", "stat=,command="], {
    encoding: "utf8",
    maxBuffer: 64e6,
  });
  return table.split("\n").filter((line) => !line.startsWith("Z") && line.includes(`HOME=${home}`));
}
