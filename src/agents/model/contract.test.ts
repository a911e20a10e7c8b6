import { execFileSync } from "node:child_process";
import { afterEach } from "vitest";
import {
  broken,
  rateLimited,
  text,
  tool,
  unauthorized,
  type Reply,
} from "../../../test/model-server/replies.ts";
import { driverParts } from "../../../test/model-server/driver-parts.ts";
import { startModelServer, type ModelServer } from "../../../test/model-server/server.ts";
import type { Json } from "../../expression/json.ts";
import { describeAgentContract, type AgentScenario } from "../../testing/agent-contract.ts";
import type { ModelEntry } from "./endpoints.ts";
import { createModelAgent } from "./model.ts";

const open: ModelServer[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const answer = text('{"count":1}');
const look = tool("list_files", {});
const later = { "retry-after": "90" };

const plays: Readonly<Record<Exclude<AgentScenario, "as-text" | "skill" | "subagent">, readonly Reply[]>> = {
  answers: [answer, answer],
  edits: [tool("write_file", { path: "made.txt", content: "made\n" }), answer],
  fails: [broken()],
  denied: [tool("run", { command: "npm publish" }), answer],
  "no-output": [text("one"), text("one"), text("one")],
  "wrong-shape": Array.from({ length: 3 }, () => text('{"count":"many"}')),
  refused: [unauthorized()],
  quota: [rateLimited(later)],
  "rate-limit": [rateLimited({ "retry-after-ms": "1500" })],
  unpriced: [answer],
  crashes: [{ kind: "cut" }],
  hangs: [look, { kind: "silence" }],
  grandchild: [tool("run", { command: "sleep 300 & sleep 300" })],
  "cut-off": [look, answer],
  asks: [tool("write_file", { path: "made.txt", content: "made\n" }), answer],
  mcp: [tool("mcp__words__say", {}), answer],
};

/** What the scripted server bills: a dollar for a million tokens, 120 tokens an answer. */
const usdPerAnswer = 120 / 1e6;

for (const provider of ["anthropic", "openai-compatible"] as const) {
  describeAgentContract(`model (${provider})`, async (scenario, { home }) => {
    if (scenario === "as-text") return { cannot: "it is never sent a slash command" };
    if (scenario === "skill" || scenario === "subagent") return { cannot: "it has no such thing" };
    const here = await startModelServer(plays[scenario]);
    open.push(here);
    const entry: ModelEntry = {
      provider,
      model: scenario === "unpriced" ? "of-nobody" : "claude-haiku-4-5",
      baseUrl: `${here.url}/v1`,
      ...(scenario === "unpriced" ? {} : { prices: { input: 1, output: 1 } }),
    };
    const agent = createModelAgent({
      models: { entries: {}, own: entry },
      ...driverParts(),
      clock: { now: () => Date.now(), at: () => () => {} },
      sessions: home,
    });
    const tools = { edits: ["Write"], grandchild: ["Bash"] }[scenario as string];
    const bodies = () => JSON.stringify(here.requests);
    return {
      agent: tools ? { ...agent, run: (task, context) => agent.run({ tools, ...task }, context) } : agent,
      env: { PATH: process.env["PATH"] ?? "", AGENT_HOME: home },
      living: () => Promise.resolve(livingUnder(home)),
      billedUsd: () => Promise.resolve(here.requests.length * usdPerAnswer),
      sent: () => Promise.resolve(bodies()),
      thinking: () => Promise.resolve((here.requests.at(-1)?.thinking ?? null) as Json),
    };
  });
}

/** Processes that were given this home: what tools of the agent started. */
function livingUnder(home: string): number {
  const table = execFileSync("ps", ["eww", "-A", "-o", "stat=,command="], {
    encoding: "utf8",
    maxBuffer: 64e6,
  });
  const lines = table.split("\n").filter((line) => !line.startsWith("Z"));
  return lines.filter((line) => line.includes(`AGENT_HOME=${home}`)).length;
}
