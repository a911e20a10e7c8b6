import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { wordServer } from "../../src/testing/word-server.ts";
import { rateLimited, text, type Reply } from "../model-server/replies.ts";
import type { ModelRequest } from "../model-server/server.ts";
import { makeAcpHome, realAgents, type AcpHome, type RealAgent } from "./acp-home.ts";

/** The same for every agent. */
const workflow = `
name: mend
workspace: run
chain:
  steps:
    - name: look
      prompt: "STEP-LOOK: say what is to be done"
    - name: mend
      prompt: "STEP-MEND: \${ look.output }"
      writes: [made.txt]
      gates: [{run: "grep -q '^made$' made.txt"}]
    - name: count
      prompt: "STEP-COUNT: count the files"
      output: {type: object, properties: {count: {type: integer}}, required: [count]}
`;
const program = wordServer("");
const wordSource = "args" in program ? (program.args[1] ?? "") : "";
const single = (name: string, more = "") => `
name: ${name}
workspace: none
chain:
  steps:
    - {name: ${name}, prompt: "STEP-${name.toUpperCase()}: do it"${more}}
`;
const talking = `
name: talk
workspace: none
mcp_servers:
  words: {command: ${JSON.stringify(process.execPath)}, args: [words.cjs], env: {WORD_TO_SAY: w0rd}}
chain:
  steps:
    - {name: talk, prompt: "STEP-TALK: ask for the word", mcp_servers: words}
`;
const files = {
  "talk.yaml": talking,
  "words.cjs": wordSource,
  "mend.yaml": workflow,
  "publish.yaml": single("publish"),
  "wait.yaml": single("wait", ', tools: ["Bash(sleep *)"]'),
  "echo.yaml": single("echo", ', tools: ["Bash(echo *)"]'),
  "wait-anyhow.yaml": single("wait"),
  "go.yaml": single("go"),
  "think.yaml": single("think", ", effort: high"),
};

/** Answers each step by its own list; what is asked beside (titles and the like, without tools) is not counted. */
function byStep(answers: Readonly<Record<string, readonly (Reply | (() => Reply))[]>>) {
  const given: Record<string, number> = {};
  return (request: ModelRequest): Reply => {
    if (request.tools.length === 0) return text("a title");
    const said = JSON.stringify(request.messages);
    const step = Object.keys(answers).findLast((name) => said.includes(`STEP-${name.toUpperCase()}`)) ?? "";
    const turn = (given[step] = (given[step] ?? -1) + 1);
    const answer = answers[step]?.[turn] ?? text(`nothing is left to do for ${step}`);
    return typeof answer === "function" ? answer() : answer;
  };
}

interface Outcome {
  readonly usage: { readonly inputTokens: number; readonly costUsd: number | null };
}

const only = process.env["TUTTI_TEST_ONLY"];

for (const agent of realAgents.filter(({ name }) => only === undefined || only === name))
  describe(`tutti run on the real ${agent.name}`, { timeout: 240_000 }, () => {
    let home: AcpHome;
    beforeAll(async () => {
      home = await makeAcpHome(agent, files);
    });
    afterAll(() => home.close());

    const args = ["--agent", agent.name, "--model", agent.model, "--json"];

    it("is found with its version, and starts no model for that", async () => {
      const { lines } = await home.tutti("doctor", "--json").ended;
      const { checks } = (lines[0] ?? {}) as { checks?: { name: string; result: string; found: string }[] };
      const found = checks?.find((check) => check.name === `agent ${agent.name}`);
      expect(found).toMatchObject({ result: "ok", found: expect.stringMatching(/^\d+\.\d+\.\d+/) });
      expect(home.server.requests).toEqual([]);
    });

    it("answers, edits a file in its working tree, gives the declared output, and says what it cost", async () => {
      home.server.play(
        byStep({
          look: [text("made.txt is missing")],
          mend: [agent.write("made.txt", "made\n"), text("made it")],
          count: [text("There are two."), text('Here:\n\n```json\n{"count": 2}\n```\n')],
        }),
      );
      const { code, lines, err } = await home.tutti("run", "mend.yaml", ...args).ended;
      const ends = lines
        .filter((line) => line.type === "node.ended")
        .map((line) => `${line.address}: ${line["end"]}`);
      expect(ends, err).toEqual(["look: claimed", "mend: verified", "count: verified", ": claimed"]);
      expect(code).toBe(0);
      const outcomes = Object.fromEntries(
        lines
          .filter((line) => line.type === "attempt.ended")
          .map((line) => [line.address, line["outcome"] as Outcome]),
      );
      expect(outcomes["look"]).toMatchObject({ output: "made.txt is missing" });
      expect(outcomes["mend"]).toMatchObject({ output: "made it", changedFiles: ["made.txt"] });
      expect(outcomes["count"]).toMatchObject({ output: { count: 2 }, details: { turns: 2 } });
      expect(outcomes["look"]?.usage.inputTokens).toBeGreaterThan(0);
      expect(typeof outcomes["look"]?.usage.costUsd).toBe(agent.tellsCost ? "number" : "object");
      expect(home.server.requests.some((request) => request.model === modelOf(agent))).toBe(true);
    });

    it.runIf(agent.thinks)("thinks as long as the step says", async () => {
      home.server.play(byStep({ think: [text("thought")] }));
      const { code, err } = await home.tutti("run", "think.yaml", ...args).ended;
      expect(code, err).toBe(0);
      const told = home.server.requests.map(({ outputConfig, thinking }) => [outputConfig, thinking]);
      expect(JSON.stringify(told)).toContain('"high"');
    });

    it("uses the tools of an MCP server that the step is given", async () => {
      home.server.play(byStep({ talk: [agent.say, text("the word is out")] }));
      const { lines, err } = await home.tutti("run", "talk.yaml", ...args).ended;
      const ended = lines.find((line) => line.type === "attempt.ended");
      expect(ended, err).toMatchObject({ outcome: { ok: true, output: "the word is out" } });
      expect(JSON.stringify(home.server.requests)).toContain("w0rd");
    });

    it("is not done when a tool was denied", async () => {
      const publish = (agent.asking ?? agent.shell)("npm publish");
      home.server.play(byStep({ publish: [publish, text("published")] }));
      const { code, lines, err } = await home.tutti("run", "publish.yaml", ...args).ended;
      const ended = lines.find((line) => line.type === "attempt.ended");
      expect(ended, err).toMatchObject({ outcome: { ok: false, failure: { code: "AGENT_DENIED" } } });
      expect(JSON.stringify(ended)).toContain("Bash(npm publish");
      expect(code).not.toBe(0);
    });

    it.runIf(agent.holdsTools)("is done when it did only what the step's tools allow", async () => {
      home.server.play(byStep({ echo: [agent.shell("echo hi"), text("said")] }));
      const { code, lines, err } = await home.tutti("run", "echo.yaml", ...args).ended;
      const ended = lines.find((line) => line.type === "attempt.ended");
      expect(ended, err).toMatchObject({ outcome: { ok: true, output: "said" } });
      expect(code, err).toBe(0);
    });

    it("leaves nothing running when the run is cancelled while a program of it runs", async () => {
      home.server.play(byStep({ wait: [agent.shell("sleep 600"), text("waited")] }));
      const run = home.tutti("run", agent.holdsTools ? "wait.yaml" : "wait-anyhow.yaml", ...args);
      await expect.poll(() => home.sleeps(), { timeout: 120_000, interval: 200 }).toBe(true);
      await home.tutti("cancel", "@last").ended;
      const { code } = await run.ended;
      expect(code).not.toBe(0);
      expect(home.living()).toBe(0);
    });

    it("goes on after kill -9 of tutti", async () => {
      let kill: () => void = () => undefined;
      const silence = (): Reply => {
        kill();
        return { kind: "silence" };
      };
      home.server.play(byStep({ go: [agent.write("gone.txt", "half\n"), silence] }));
      const run = home.tutti("run", "go.yaml", ...args);
      kill = () => run.child.kill("SIGKILL");
      await run.ended;
      home.server.play(byStep({ go: [text("went on")] }));
      const { code, lines, err } = await home.tutti("resume", "@last", "--json").ended;
      const ended = lines.find((line) => line.type === "attempt.ended");
      const details = agent.resumesAtOnce ? { resumed: true } : {};
      expect(ended, err).toMatchObject({ outcome: { ok: true, output: "went on", details } });
      const told = agent.resumesAtOnce
        ? /You were interrupted/
        : /You were interrupted|An earlier try of this task/;
      expect(JSON.stringify(home.server.requests)).toMatch(told);
      expect(code).toBe(0);
      expect(home.living()).toBe(0);
    });

    it.runIf(agent.name === "gemini")("waits for the time that a refusal for rate says", async () => {
      const details = [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "7200s" }];
      home.server.play(() => ({ ...rateLimited(), details }) as Reply);
      const before = Date.now();
      const run = home.tutti("run", "go.yaml", ...args);
      await expect.poll(run.out, { timeout: 120_000, interval: 200 }).toContain("attempt.ended");
      await home.tutti("cancel", "@last").ended;
      const ended = (await run.ended).lines.find((line) => line.type === "attempt.ended");
      expect(ended).toMatchObject({ outcome: { failure: { code: "QUOTA", class: "quota" } } });
      const resetAt = /"resetAt":(\d+)/.exec(JSON.stringify(ended))?.[1];
      expect(Number(resetAt)).toBeGreaterThan(before + 7_000_000);
    });
  });

function modelOf({ name, model }: RealAgent): string {
  if (name === "claude-acp") return "claude-haiku-5-5";
  return model.replace("fake/", "");
}
