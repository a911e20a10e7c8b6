import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createProcesses } from "../../processes/supervisor.ts";
import { describeAgentContract, type AgentScenario } from "../../testing/agent-contract.ts";
import { createClaudeCodeAgent } from "./claude-code.ts";

const fake = fileURLToPath(new URL("../../../test/agents/fake-claude.js", import.meta.url));
const plays: Readonly<Record<AgentScenario, string>> = {
  answers: "answer",
  edits: "edit",
  fails: "broken",
  denied: "denied",
  "as-text": "as-text",
  "no-output": "no-shape",
  "wrong-shape": "bad-shape",
  refused: "unauthorized",
  quota: "quota",
  "rate-limit": "quota",
  unpriced: "unpriced",
  crashes: "killed",
  hangs: "hang",
  grandchild: "hang",
  "cut-off": "hang-first",
  asks: "asks",
  mcp: "answer",
  skill: "answer",
  subagent: "answer",
};
const real = "a played program has none; `npm run test:agents` shows it with the real one";
const unshown = { tools: real, mcp: real, skills: real, subagents: real };

describeAgentContract("claude-code", (scenario, { home }) => {
  const restarted = () =>
    createClaudeCodeAgent({
      processes: createProcesses(),
      clock: { now: () => Date.now(), at: () => () => {} },
      file: fake,
      home,
    });
  const sent = () => readFile(join(home, ".fake", "calls.jsonl"), "utf8");
  const env = {
    PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}`,
    FAKE_PLAY: plays[scenario],
    FAKE_OUTPUT: '{"count":1}',
  };
  return Promise.resolve({
    agent: restarted(),
    restarted,
    unshown,
    sent,
    thinking: async () =>
      /"--effort","\w+"/.exec((await sent()).trimEnd().split("\n").at(-1) ?? "")?.[0] ?? null,
    env,
    living: () => Promise.resolve(livingUnder(home)),
    billedUsd: async (sessionId: string) => {
      const transcript = await readFile(join(home, ".fake", `${sessionId}.json`), "utf8");
      return (JSON.parse(transcript) as { totalUsd: number }).totalUsd;
    },
  });
});

/** Processes whose HOME is this folder: the program and whatever it started. */
function livingUnder(home: string): number {
  const table = execFileSync("ps", ["eww", "-A", "-o", "stat=,command="], {
    encoding: "utf8",
    maxBuffer: 64e6,
  });
  return table.split("\n").filter((line) => !line.startsWith("Z") && line.includes(`HOME=${home}`)).length;
}
