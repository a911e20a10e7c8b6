import { execFileSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { describeAgentContract, type AgentScenario } from "../../testing/agent-contract.ts";
import { fakeAcpAgent } from "../../../test/agents/fake-acp-agent.ts";

const plays: Readonly<Record<AgentScenario, string>> = {
  answers: "answer",
  edits: "edit",
  fails: "broken",
  denied: "denied",
  "as-text": "as-text",
  "no-output": "no-shape",
  "wrong-shape": "no-shape",
  refused: "refused",
  quota: "quota",
  "rate-limit": "rate-limit",
  unpriced: "unpriced",
  crashes: "crash",
  hangs: "hang",
  grandchild: "hang",
  "cut-off": "hang-first",
  asks: "edit",
  mcp: "mcp",
  skill: "answer",
  subagent: "answer",
};

describeAgentContract("acp", (scenario, { home }) => {
  const made = () => fakeAcpAgent(home);
  const calls = () => readFile(join(home, ".fake", "calls.jsonl"), "utf8");
  const needsShape = scenario === "answers";
  const env = {
    PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}`,
    HOME: home,
    FAKE_PLAY: plays[scenario],
    ...(needsShape ? { FAKE_OUTPUT: '{"count":1}' } : {}),
  };
  return Promise.resolve({
    agent: made(),
    restarted: made,
    env,
    sent: calls,
    thinking: async () => effortIn(await calls()),
    living: () => Promise.resolve(livingUnder(home)),
    billedUsd: async () => {
      const names = (await readdir(join(home, ".fake"))).filter((name) => name.startsWith("fake-"));
      const sessions = await Promise.all(names.map((name) => readFile(join(home, ".fake", name), "utf8")));
      return sessions.reduce((sum, text) => sum + (JSON.parse(text) as { totalUsd: number }).totalUsd, 0);
    },
  });
});

/** What the last program was told of its effort; null: nothing, it is as it was. */
function effortIn(calls: string): string | null {
  const lines = calls
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Call);
  const last = lines.slice(lines.findLastIndex((call) => call.method === "start"));
  return last.find((call) => call.params.configId === "effort")?.params.value ?? null;
}

interface Call {
  readonly method: string;
  readonly params: { readonly configId?: string; readonly value?: string };
}

/** Processes whose HOME is this folder: the program and whatever it started. */
function livingUnder(home: string): number {
  const table = execFileSync("ps", ["eww", "-A", "-o", "stat=,command="], {
    encoding: "utf8",
    maxBuffer: 64e6,
  });
  return table.split("\n").filter((line) => !line.startsWith("Z") && line.includes(`HOME=${home}`)).length;
}
