import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { text, tool, type Reply } from "../model-server/replies.ts";
import type { ModelRequest } from "../model-server/server.ts";
import { makeAcpHome, realAgents, type AcpHome, type Ended, type RealAgent } from "./acp-home.ts";

/** One file for all agents: a coordinator, two specialists that vote, and one that brings it together. */
const workflow = `
name: review
workspace: none
swarm:
  topology: hierarchical
  task: "SWARM-TASK: is the parser ready?"
  agents:
    coordinator: {role: Task decomposition and synthesis, capabilities: [planning, coordination, synthesis]}
    security_specialist: {role: Security analysis, capabilities: [security]}
    performance_specialist: {role: Performance optimization, capabilities: [performance]}
  decision: {question: "is it?", options: [ready, not yet]}
  coordination: {communication: event_driven, state_sharing: hierarchical, conflict_resolution: voting}
  execution: {parallel_limit: 2, timeout: 1800, retry_strategy: exponential_backoff}
`;

const claudeCode: RealAgent = {
  ...(realAgents.find(({ name }) => name === "claude-acp") as RealAgent),
  name: "claude-code",
};
const wanted = ["gemini", "opencode"];
const agents = [claudeCode, ...realAgents.filter(({ name }) => wanted.includes(name))];

const subtasks = [
  { id: "holes", title: "holes", task: "look for holes", needs: ["security"] },
  { id: "speed", title: "speed", task: "measure it", needs: ["performance"], depends_on: ["holes"] },
];

/** What the model behind each of the agents says, by what it is asked; a schema is a tool of some, and a text for others. */
function model(request: ModelRequest): Reply {
  const said = JSON.stringify(request.messages);
  if (!said.includes("You are ") || request.tools.length === 0) return text("a title");
  const answer = answerTo(said);
  const shaped = request.tools.some(({ name }) => name === "StructuredOutput");
  return shaped
    ? tool("StructuredOutput", answer)
    : text(`Here:\n\n\`\`\`json\n${JSON.stringify(answer)}\n\`\`\`\n`);
}

function answerTo(said: string): Record<string, unknown> {
  if (said.includes("Break the task into subtasks")) return { subtasks };
  const who = /You are (\w+): /.exec(said)?.[1] ?? "";
  if (said.includes("Now you vote")) return { vote: "ready", reason: `${who} found nothing` };
  if (said.includes("Make one answer")) return { answer: "it is ready" };
  return { answer: `${who} is done`, posts: [{ topic: "note", value: who }] };
}

for (const agent of agents)
  describe(`a swarm on the real ${agent.name}`, { timeout: 200_000 }, () => {
    let home: AcpHome;
    beforeAll(async () => {
      home = await makeAcpHome(agent, { "review.yaml": workflow });
      home.server.play(model);
    });
    afterAll(() => home.close());

    const args = ["--agent", agent.name, "--model", agent.model, "--json"];
    const resultOf = ({ lines }: Ended): unknown =>
      lines.find((line) => line.type === "attempt.ended" && line.address === "swarm/result")?.["outcome"];

    it("comes to the same result on every agent", async () => {
      const ended = await home.tutti("run", "review.yaml", ...args).ended;
      expect(resultOf(ended), ended.err).toMatchObject({
        output: {
          answer: { answer: "it is ready" },
          decision: { decision: "ready", status: "decided" },
          contributions: [
            { by: "security_specialist", key: "holes", value: { answer: "security_specialist is done" } },
            {
              by: "performance_specialist",
              key: "speed",
              value: { answer: "performance_specialist is done" },
            },
          ],
          conflicts: [],
          failed: [],
        },
      });
      expect(ended.code).toBe(0);
      expect(home.living()).toBe(0);
    });

    it("asks nobody again after kill -9 of tutti", async () => {
      let kill: () => void = () => undefined;
      home.server.play((request) => {
        if (!JSON.stringify(request.messages).includes("measure it")) return model(request);
        kill();
        return { kind: "silence" };
      });
      const run = home.tutti("run", "review.yaml", ...args);
      kill = () => run.child.kill("SIGKILL");
      await run.ended;
      home.server.play(model);
      const ended = await home.tutti("resume", "@last", "--json").ended;
      expect(ended.code, ended.err).toBe(0);
      const asked = JSON.stringify(home.server.requests);
      expect(asked).not.toContain("Break the task into subtasks");
      const started = ended.lines
        .filter(({ type }) => type === "attempt.started")
        .map(({ address }) => address);
      expect(started.filter((address) => address?.includes("[holes]"))).toEqual([]);
      expect(home.living()).toBe(0);
    });
  });
