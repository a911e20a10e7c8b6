import { TaskState } from "@a2a-js/sdk";
import { afterEach } from "vitest";
import { type A2aServer, startA2aServer, textPart, type Work } from "../../../test/a2a-server/server.ts";
import { createRealClock } from "../../runtimes/real-clock.ts";
import { type AgentScenario, describeAgentContract } from "../../testing/agent-contract.ts";
import { createA2aAgent } from "./a2a.ts";

const elsewhere = "it works elsewhere, with tools and files of its own";
const cannot: Readonly<Partial<Record<AgentScenario, string>>> = {
  denied: elsewhere,
  "as-text": "a command is sent to it as its text",
  grandchild: elsewhere,
  asks: elsewhere,
  mcp: elsewhere,
  skill: elsewhere,
  subagent: elsewhere,
};

const servers: A2aServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

function answer({ prompt, give, end }: Work, value: object = { count: 3 }): void {
  give([textPart(prompt.includes("JSON Schema") || prompt.includes("shape") ? JSON.stringify(value) : "hi")]);
  end(TaskState.TASK_STATE_COMPLETED);
}

const plays: Readonly<Partial<Record<AgentScenario, (work: Work) => Promise<void> | void>>> = {
  fails: ({ end }) => end(TaskState.TASK_STATE_FAILED, "I could not do it"),
  "no-output": ({ give, end }) => {
    give([textPart("no JSON at all")]);
    end(TaskState.TASK_STATE_COMPLETED);
  },
  "wrong-shape": (work) => answer(work, { count: "many" }),
  crashes: ({ say, crash }) => {
    say("beginning");
    setTimeout(crash, 20);
    return new Promise(() => {});
  },
  hangs: ({ say, hang }) => {
    say("working on it");
    return hang();
  },
  "cut-off": async (work) => {
    if (work.turn > 1) return answer(work);
    work.say("working on it");
    await work.hang();
  },
};

const refusals: Readonly<Partial<Record<AgentScenario, number>>> = {
  refused: 401,
  quota: 429,
  "rate-limit": 429,
};

describeAgentContract("a2a", async (scenario) => {
  const why = cannot[scenario];
  if (why !== undefined) return { cannot: why };
  const status = refusals[scenario];
  const server = await startA2aServer({
    work: plays[scenario] ?? ((work) => answer(work)),
    ...(status === undefined
      ? {}
      : { refuse: (response) => void response.writeHead(status, { "retry-after": "30" }).end("not now") }),
  });
  servers.push(server);
  const agent = createA2aAgent({
    name: "a2a",
    url: server.url,
    headers: () => ({}),
    clock: createRealClock(),
    pollMs: 50,
  });
  return { agent, living: async () => server.running() };
});
