import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, type TestContext } from "vitest";
import type { EffectPolicy } from "../core/effects.ts";
import type { Agent, AgentTask } from "../ports/agent.ts";
import type { ArtifactStore } from "../ports/artifact-store.ts";
import type { TaskContext } from "../ports/executor.ts";

/**
 * What the agent is to meet, whatever the task says: `answers` gives any answer (with output when a schema asks for
 * it); `edits` makes the file `made.txt`; `fails` ends with an error; `denied` has a tool call denied; `as-text`
 * takes the slash command for text; `no-output` never gives the declared output; `quota` is refused until a known
 * time; `unpriced` answers for an unknown price; `hangs` prints a line and then never ends; `cut-off` hangs as long
 * as it is new to the session, and answers when it continues it.
 */
export type AgentScenario =
  | "answers"
  | "edits"
  | "fails"
  | "denied"
  | "as-text"
  | "no-output"
  | "quota"
  | "unpriced"
  | "hangs"
  | "cut-off";

interface AgentFixture {
  readonly agent: Agent;
  readonly env?: Readonly<Record<string, string>>;
  /** How many processes that the agent started still live; absent when it starts none. */
  readonly living?: () => Promise<number>;
  /** What a provider would have billed for a session; absent when the agent knows no sessions. */
  readonly billedUsd?: (sessionId: string) => Promise<number>;
}

/** Makes an agent for a scenario, with folders of its own; undefined when it can never meet it. */
export type AgentFactory = (
  scenario: AgentScenario,
  folders: { readonly cwd: string; readonly home: string },
) => Promise<AgentFixture | undefined>;

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
    if (!made) return test.skip(`${name} cannot meet "${scenario}"`);
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
      expect(outcome.usage?.costUsd).toBeTypeOf("number");
    });

    it("gives the declared output", async (test) => {
      const { agent, place } = await fixture("answers", test);
      const outcome = await agent.run(agentTask({ schema: countSchema }), taskContext(place));
      expect(outcome).toMatchObject({ ok: true, output: { count: expect.any(Number) } });
    });

    it("names the files it changed", async (test) => {
      const { agent, place } = await fixture("edits", test);
      const outcome = await agent.run(agentTask(), taskContext(place));
      expect(outcome).toMatchObject({ ok: true, changedFiles: ["made.txt"] });
      expect(await readFile(join(place.cwd, "made.txt"), "utf8")).toBe("made\n");
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
      expect(outcome.usage?.costUsd).toBeCloseTo((await billedUsd?.(task.sessionId)) ?? 0, 9);
    });
  });
}

export const countSchema = {
  type: "object",
  properties: { count: { type: "integer" } },
  required: ["count"],
} as const;

const commandWork: AgentTask["work"] = {
  kind: "command",
  command: {
    name: "family:cmd",
    arguments: "a b",
    file: "/nowhere/.claude/commands/family/cmd.md",
    expanded: "Do a b now",
    native: true,
  },
};

/** A prompt with a fresh session. */
export function agentTask(over: Partial<AgentTask> = {}): AgentTask {
  return { work: { kind: "prompt", prompt: "say hi" }, sessionId: crypto.randomUUID(), ...over };
}

/** A context with nothing special about it. */
export function taskContext(
  over: Partial<Omit<TaskContext, "policy">> & {
    readonly cwd: string;
    readonly policy?: Partial<EffectPolicy>;
  },
): TaskContext {
  const { policy, ...rest } = over;
  return {
    runId: "run",
    effectId: "effect",
    runName: "run",
    address: "step",
    attempt: 1,
    env: {},
    artifacts: noArtifacts,
    signal: new AbortController().signal,
    print: () => {},
    stage: () => {},
    ...rest,
    policy: {
      outputBytes: 1_048_576,
      env: {},
      reads: [],
      remainingUsd: 10,
      definition: null,
      ...policy,
    },
  };
}

/** Agents hand their answers back and store nothing. */
const noArtifacts: ArtifactStore = {
  put: () => Promise.reject(new Error("an agent stored an artifact")),
  get: () => Promise.reject(new Error("an agent read an artifact")),
  verify: () => Promise.resolve("missing"),
  list: async function* () {},
  remove: () => Promise.resolve(),
};
