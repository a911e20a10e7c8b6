import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, type TestContext } from "vitest";
import type { Json } from "../expression/json.ts";
import type { Agent, AgentAbilities } from "../ports/agent.ts";
import type { TaskContext } from "../ports/executor.ts";
import { describeAbilities } from "./agent-abilities-contract.ts";
import { agentTask, commandWork, countSchema, taskContext } from "./agent-task.ts";

export { agentTask, countSchema, taskContext } from "./agent-task.ts";

/**
 * What the agent is to meet, whatever the task says: `answers` gives any answer (with output when a schema asks for
 * it); `edits` makes the file `made.txt`; `fails` ends with an error; `denied` has a tool call denied; `as-text`
 * takes the slash command for text; `no-output` never gives the declared output; `wrong-shape` gives `{"count":
 * "many"}` for it; `refused` is turned away by its provider for good; `quota` is refused until a known time, and so is
 * `rate-limit`, for too many calls; `unpriced` answers for an unknown price; `crashes` loses the agent in the middle;
 * `hangs` prints a line and then never ends; `grandchild` does so while a program runs that a tool of it started;
 * `cut-off` hangs as long as it is new to the session, and answers when it continues it.
 *
 * Those that show an ability: `asks` calls a tool that nothing allows, to make the file `made.txt`, and answers when
 * that was done; `mcp` calls the tool `say` of the MCP server `words`; `skill` uses the skill `greeting`; `subagent`
 * has the subagent `helper` do something. Each then answers.
 */
export type AgentScenario =
  | "answers"
  | "edits"
  | "fails"
  | "denied"
  | "as-text"
  | "no-output"
  | "wrong-shape"
  | "refused"
  | "quota"
  | "rate-limit"
  | "unpriced"
  | "crashes"
  | "hangs"
  | "grandchild"
  | "cut-off"
  | "asks"
  | "mcp"
  | "skill"
  | "subagent";

export interface AgentFixture {
  readonly agent: Agent;
  readonly env?: Readonly<Record<string, string>>;
  /** How many processes that the agent started still live; absent when it starts none. */
  readonly living?: () => Promise<number>;
  /** What a provider would have billed for a session; absent when the agent knows no sessions. */
  readonly billedUsd?: (sessionId: string) => Promise<number>;
  /** The same agent as a new process of tutti has it: it knows nothing of what the other is doing. */
  readonly restarted?: () => Agent;
  /** Everything that was sent to its model so far, or to what stands for it. */
  readonly sent?: () => Promise<string>;
  /** How long its model was told to think the last time. */
  readonly thinking?: () => Promise<Json>;
  /** Of what its abilities say, what nothing here can show, and why; it is told with the test that is left out. */
  readonly unshown?: Readonly<Partial<Record<keyof AgentAbilities, string>>>;
}

/** Why an agent can never meet a scenario; it is told with the test that is left out. */
export interface Unmet {
  readonly cannot: string;
}

/** Makes an agent for a scenario, with folders of its own. */
export type AgentFactory = (
  scenario: AgentScenario,
  folders: { readonly cwd: string; readonly home: string },
) => Promise<AgentFixture | Unmet>;

/** The fixture of a scenario, in new folders that are gone after the test. */
export type FixtureFor = (
  scenario: AgentScenario,
  test: TestContext,
) => Promise<AgentFixture & { readonly place: Pick<TaskContext, "cwd" | "env"> }>;

/** Every line of the port's contract as a test. */
export function describeAgentContract(name: string, factory: AgentFactory): void {
  const folders: string[] = [];
  afterEach(async () => {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
  });

  async function fixture(scenario: AgentScenario, test: TestContext) {
    const cwd = await mkdtemp(join(tmpdir(), "agent-cwd-"));
    const home = await mkdtemp(join(tmpdir(), "agent-home-"));
    folders.push(cwd, home);
    const made = await factory(scenario, { cwd, home });
    if ("cannot" in made) return test.skip(`${name} cannot meet "${scenario}": ${made.cannot}`);
    const place = { cwd, env: made.env ?? {} };
    return { ...made, place };
  }

  describe(`the agent ${name}`, () => {
    it("says whether it can be used here, with its version", async (test) => {
      const { agent } = await fixture("answers", test);
      expect(await agent.probe()).toMatchObject({ available: true, version: expect.any(String) });
    });

    it("resolves with the answer and what it cost", async (test) => {
      const { agent, place } = await fixture("answers", test);
      const outcome = await agent.run(agentTask(), taskContext(place));
      expect(outcome).toMatchObject({ ok: true, output: expect.any(String) });
      expect(outcome.usage).toMatchObject({
        inputTokens: expect.any(Number),
        outputTokens: expect.any(Number),
      });
    });

    it("gives the declared output", async (test) => {
      const { agent, place } = await fixture("answers", test);
      const outcome = await agent.run(agentTask({ schema: countSchema }), taskContext(place));
      expect(outcome).toMatchObject({ ok: true, output: { count: expect.any(Number) } });
    });

    it("resolves with a failure when the work fails", async (test) => {
      const { agent, place } = await fixture("fails", test);
      const outcome = await agent.run(agentTask(), taskContext(place));
      expect(outcome).toMatchObject({ ok: false, failure: { code: "AGENT_FAILED" } });
    });

    it("is not ok when a tool call was denied, and names the tool", async (test) => {
      const { agent, place } = await fixture("denied", test);
      const outcome = await agent.run(agentTask(), taskContext(place));
      expect(outcome).toMatchObject({ ok: false, failure: { code: "AGENT_DENIED" } });
      expect(outcome.failure?.message).toContain("Bash(npm publish)");
    });

    it("is not ok when a slash command was taken for text", async (test) => {
      const { agent, place } = await fixture("as-text", test);
      const outcome = await agent.run(agentTask({ work: commandWork }), taskContext(place));
      expect(outcome).toMatchObject({
        ok: false,
        failure: { code: "COMMAND_NOT_EXPANDED", class: "permanent" },
      });
    });

    it("is not ok when the declared output is missing", async (test) => {
      const { agent, place } = await fixture("no-output", test);
      const outcome = await agent.run(agentTask({ schema: countSchema }), taskContext(place));
      expect(outcome).toMatchObject({ ok: false, failure: { code: "OUTPUT_SHAPE" } });
    });

    it("hands an answer of another shape on as it is, or calls it what it is", async (test) => {
      const { agent, place } = await fixture("wrong-shape", test);
      const { ok, output, failure } = await agent.run(agentTask({ schema: countSchema }), taskContext(place));
      expect(ok ? output : failure?.code).toEqual(ok ? { count: "many" } : "OUTPUT_SHAPE");
    });

    it("fails for good when its provider turns it away", async (test) => {
      const { agent, place } = await fixture("refused", test);
      const outcome = await agent.run(agentTask(), taskContext(place));
      expect(outcome).toMatchObject({ ok: false, failure: { code: "AGENT_FAILED", class: "permanent" } });
    });

    it("gives an unknown price as null", async (test) => {
      const { agent, place } = await fixture("unpriced", test);
      const outcome = await agent.run(agentTask(), taskContext(place));
      expect(outcome).toMatchObject({ ok: true, usage: { costUsd: null } });
    });

    it("gives a refusal for quota with the time of its reset", async (test) => {
      const { agent, place } = await fixture("quota", test);
      const outcome = await agent.run(agentTask(), taskContext(place));
      expect(outcome.failure).toMatchObject({ code: "QUOTA", class: "quota", resetAt: expect.any(Number) });
      expect(outcome.failure?.resetAt).toBeGreaterThan(Date.now());
    });

    it("gives a refusal for too many calls with the time when it may call again", async (test) => {
      const { agent, place } = await fixture("rate-limit", test);
      const before = Date.now();
      const { failure } = await agent.run(agentTask(), taskContext(place));
      expect(failure).toMatchObject({ code: "QUOTA", class: "quota", resetAt: expect.any(Number) });
      expect(failure?.resetAt).toBeGreaterThan(before);
    });

    it("is not ok when it was lost in the middle of its work, and may be tried again", async (test) => {
      const { agent, place, living } = await fixture("crashes", test);
      const { ok, failure } = await agent.run(agentTask(), taskContext(place));
      expect([ok, failure?.code]).toEqual([false, "AGENT_FAILED"]);
      expect(["transient", "failure"]).toContain(failure?.class);
      expect((await living?.()) ?? 0).toBe(0);
    });

    it("starts nothing for a signal that was aborted before", async (test) => {
      const { agent, place } = await fixture("edits", test);
      const reason = new Error("cancelled before");
      const context = taskContext({ ...place, signal: AbortSignal.abort(reason) });
      await expect(agent.run(agentTask(), context)).rejects.toBe(reason);
      await expect(readFile(join(place.cwd, "made.txt"))).rejects.toThrow("ENOENT");
    });

    it("rejects with the signal's reason on abort and leaves nothing running", async (test) => {
      const { agent, place, living } = await fixture("hangs", test);
      const cancel = new AbortController();
      const reason = new Error("cancelled");
      const context = taskContext({ ...place, signal: cancel.signal, print: () => cancel.abort(reason) });
      await expect(agent.run(agentTask(), context)).rejects.toBe(reason);
      expect((await living?.()) ?? 0).toBe(0);
    });

    it("leaves no program of its tools running on abort", async (test) => {
      const { agent, place, living } = await fixture("grandchild", test);
      const cancel = new AbortController();
      const context = taskContext({ ...place, signal: cancel.signal });
      const run = expect(agent.run(agentTask(), context)).rejects.toThrow("cancelled");
      await expect.poll(async () => (await living?.()) ?? 0, { timeout: 30_000 }).toBeGreaterThan(1);
      cancel.abort(new Error("cancelled"));
      await run;
      expect((await living?.()) ?? 0).toBe(0);
    });

    it("ends with TIMEOUT when the step's time is over", async (test) => {
      const { agent, place, living } = await fixture("hangs", test);
      const outcome = await agent.run(agentTask(), taskContext({ ...place, policy: { timeoutMs: 1500 } }));
      expect(outcome).toMatchObject({ ok: false, failure: { code: "TIMEOUT", class: "timeout" } });
      expect((await living?.()) ?? 0).toBe(0);
    });

    it("ends with IDLE when nothing is printed for too long", async (test) => {
      const { agent, place, living } = await fixture("hangs", test);
      const outcome = await agent.run(agentTask(), taskContext({ ...place, policy: { idleMs: 1500 } }));
      expect(outcome).toMatchObject({ ok: false, failure: { code: "IDLE", class: "timeout" } });
      expect((await living?.()) ?? 0).toBe(0);
    });

    it("never counts the cost of a session twice", async (test) => {
      const { agent, place, billedUsd } = await fixture("answers", test);
      if (!billedUsd) return test.skip(`${name} knows no sessions`);
      const task = agentTask();
      const first = await agent.run(task, taskContext(place));
      const second = await agent.run(task, taskContext(place));
      const counted = (first.usage?.costUsd ?? 0) + (second.usage?.costUsd ?? 0);
      expect(counted).toBeCloseTo(await billedUsd(task.sessionId), 9);
    });

    it("continues a session that was cut off", async (test) => {
      const { agent, place, billedUsd } = await fixture("cut-off", test);
      const task = agentTask();
      const cancel = new AbortController();
      const cut = taskContext({ ...place, signal: cancel.signal, print: () => cancel.abort() });
      await expect(agent.run(task, cut)).rejects.toThrow("abort");
      const outcome = await agent.run(task, taskContext(place));
      expect(outcome).toMatchObject({ ok: true });
      const billed = billedUsd ? await billedUsd(task.sessionId) : (outcome.usage?.costUsd ?? 0);
      expect(outcome.usage?.costUsd ?? 0).toBeCloseTo(billed, 9);
    });

    it("continues a session whose tutti was killed, after what that one left running was ended", async (test) => {
      const { agent, place, restarted, living } = await fixture("cut-off", test);
      if (!restarted) return test.skip(`${name} starts nothing that lives longer than tutti`);
      const task = agentTask();
      const begun = Promise.withResolvers<void>();
      const left = agent.run(task, taskContext({ ...place, print: () => begun.resolve() }));
      await begun.promise;
      expect(await restarted().run(task, taskContext(place))).toMatchObject({ ok: true });
      expect(await left).toMatchObject({ ok: false });
      expect((await living?.()) ?? 0).toBe(0);
    });

    describeAbilities(name, fixture);
  });
}
