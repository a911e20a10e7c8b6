import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openTutti } from "../engine.ts";
import { isTuttiError } from "../errors.ts";
import type { Json, JsonObject } from "../expression/json.ts";
import type { Agent } from "../ports/agent.ts";
import { everyAbility } from "../testing/agent-abilities.ts";
import { temporaryFolder } from "../testing/testbed.ts";

const absent = (name: string): Agent => ({
  name,
  abilities: everyAbility,
  probe: async () => ({ available: false, reason: "it is not installed", fix: "install it" }),
  run: () => Promise.reject(new Error("nobody asks it")),
});

const present = (name: string): Agent => ({
  name,
  abilities: everyAbility,
  probe: async () => ({ available: true }),
  run: async () => ({ ok: true, output: `done by ${name}` }),
});

async function open(steps: readonly Json[], rest: JsonObject = {}) {
  const cwd = temporaryFolder();
  const troubles: string[] = [];
  const tutti = await openTutti({
    cwd,
    home: join(cwd, ".tutti"),
    agents: [absent("one"), absent("two"), present("three")],
    onTrouble: ({ code, message }) => troubles.push(`${code}: ${message}`),
  });
  onTestFinished(() => tutti.close());
  const source = await tutti.load({ kind: "object", value: { name: "x", chain: { steps }, ...rest } });
  return { tutti, source, troubles };
}

const step = { name: "a", prompt: "do it", agent: "one" };

describe("an agent that is not there", () => {
  it("gives its steps to the first backup that is, at once, and it is told before", async () => {
    const { tutti, source, troubles } = await open([
      { ...step, fallback_agents: ["two", "three"] },
      { ...step, name: "b", fallback_agents: ["three"] },
    ]);
    await tutti.checkStart(source);
    expect(troubles).toEqual([
      'AGENT_UNAVAILABLE: Cannot use the agent "one": it is not installed; its backup "three" takes over',
    ]);
    const handle = await tutti.start(source);
    await handle.done;
    const { status, nodes } = await tutti.show(handle.id);
    expect(nodes.map(({ failure }) => failure)).toEqual([undefined, undefined]);
    expect(status).toBe("completed");
    expect(nodes.map(({ output }) => output)).toEqual(["done by three", "done by three"]);
  });

  it("gives them to the backups of the workflow, too", async () => {
    const { tutti, source, troubles } = await open([{ name: "a", prompt: "do it" }], {
      agent: "one",
      fallback_agents: ["three"],
    });
    const handle = await tutti.start(source);
    await handle.done;
    expect((await tutti.show(handle.id)).status).toBe("completed");
    expect(troubles).toHaveLength(1);
  });

  it.each([
    ["without a backup stops the run before it begins", {}, "AGENT_UNAVAILABLE"],
    ["with a backup that is there does not", { fallback_agents: ["three"] }, "begins"],
    ["that is only advisory does not", { level: "advisory" }, "begins"],
  ])("to judge, %s", async (_, { level, ...rest }: JsonObject, expected) => {
    const gates = { judge: "it is short", ...(level === undefined ? {} : { level }) };
    const { tutti, source } = await open([{ name: "a", run: "true", gates }], { agent: "one", ...rest });
    const code = await tutti.checkStart(source).then(
      () => "begins",
      (error: unknown) => (isTuttiError(error) ? error.code : error),
    );
    expect(code).toBe(expected);
  });

  it.each([
    ["has no backup", {}],
    ["has none that is there", { fallback_agents: ["two"] }],
  ])("keeps a run from being started when a step %s", async (_, backups) => {
    const { tutti, source, troubles } = await open([
      { ...step, name: "b", fallback_agents: ["three"] },
      { ...step, ...backups },
    ]);
    await expect(tutti.start(source)).rejects.toMatchObject({
      code: "AGENT_UNAVAILABLE",
      message: 'Cannot use the agent "one": it is not installed',
      fix: "install it",
    });
    expect(await tutti.runs()).toEqual([]);
    expect(troubles.length).toBeLessThan(2);
  });

  it("keeps it from being started when it is meant by --agent, which has no backups", async () => {
    const { tutti, source } = await open([{ ...step, fallback_agents: ["three"] }]);
    const overrides = { agent: "two" };
    await expect(tutti.start(source, { overrides })).rejects.toMatchObject({ code: "AGENT_UNAVAILABLE" });
  });
});
