import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterEach } from "vitest";
import { describeAgentContract, type AgentScenario, type Unmet } from "../../src/testing/agent-contract.ts";
import { broken, rateLimited, text, tool, unauthorized, type Reply } from "../model-server/replies.ts";
import type { ModelRequest, Script } from "../model-server/server.ts";
import { makeClaudeHome, type ClaudeHome } from "./claude-home.ts";

/** The contract of agents, held against the real Claude Code with a scripted model. */

const homes: ClaudeHome[] = [];
afterEach(async () => {
  for (const home of homes.splice(0)) await home.close();
});

const hi = text("hi");
const bash = (command: string) => tool("Bash", { command, description: "does it" });
const shaped = ({ tools }: ModelRequest, output: object): Reply =>
  tools.some(({ name }) => name === "StructuredOutput") ? tool("StructuredOutput", { ...output }) : hi;

interface Played {
  readonly cwd: string;
  readonly home: ClaudeHome;
}

const scripts: Readonly<Record<AgentScenario, ((played: Played) => Script) | Unmet>> = {
  answers: () => (request) => shaped(request, { count: 1 }),
  edits: ({ cwd }) => [tool("Write", { file_path: join(cwd, "made.txt"), content: "made\n" }), hi],
  fails: () => () => broken(500),
  denied: () => [bash("npm publish"), hi],
  "as-text": () => [hi],
  "no-output": () => () => text("five"),
  "wrong-shape": () => (request) => shaped(request, { count: "many" }),
  refused: () => () => unauthorized(),
  quota: () => () => ({ ...rateLimited(), message: "You've hit your limit · resets 11:59pm (UTC)" }) as Reply,
  "rate-limit": { cannot: "the program waits for a `retry-after` itself and tells nobody" },
  unpriced: { cannot: "it knows the price of every model it is scripted with" },
  crashes:
    ({ home }) =>
    () => {
      for (const pid of pidsUnder(home.home)) process.kill(pid, "SIGKILL");
      return hi;
    },
  hangs: () => [bash("ls"), { kind: "silence" }],
  grandchild: () => [bash("setsid sleep 600")],
  "cut-off": () => (request, index) => {
    if (JSON.stringify(request.messages).includes("You were interrupted")) return hi;
    return index === 0 ? bash("ls") : { kind: "silence" };
  },
  asks: () => [bash("printf 'made\\n' > made.txt && npm --version"), hi],
  mcp: () => [tool("mcp__words__say", {}), hi],
  skill: () => [tool("Skill", { skill: "greeting" }), hi],
  subagent: () => [
    tool("Agent", { subagent_type: "helper", description: "helps", prompt: "help" }),
    hi,
    hi,
    hi,
  ],
};

describeAgentContract("claude-code (the real one)", async (scenario, { cwd }) => {
  const script = scripts[scenario];
  if ("cannot" in script) return script;
  const claude = await makeClaudeHome();
  homes.push(claude);
  claude.server.play(script({ cwd, home: claude }));
  const sent = () => Promise.resolve(JSON.stringify(claude.server.requests));
  const options = scenario === "grandchild" ? { extraArgs: ["--allowedTools", "Bash"] } : {};
  return {
    agent: claude.agentWith(options),
    env: claude.env,
    restarted: () => claude.agentWith({}),
    living: () => Promise.resolve(pidsUnder(claude.home).length),
    sent,
    ...(scenario === "answers"
      ? { billedUsd: () => Promise.resolve(claude.server.requests.length * 0.0008) }
      : {}),
    thinking: () => Promise.resolve(JSON.stringify(claude.server.requests.at(-1)?.outputConfig ?? null)),
  };
});

/** Processes whose HOME is this folder: the program and whatever it started. */
function pidsUnder(home: string): readonly number[] {
  const table = execFileSync("ps", ["eww", "-A", "-o", "pid=,stat=,command="], {
    encoding: "utf8",
    maxBuffer: 64e6,
  });
  return table
    .split("\n")
    .filter((line) => line.includes(`HOME=${home}`) && !/^\s*\d+\s+Z/.test(line))
    .map((line) => Number(/\d+/.exec(line)?.[0]));
}
