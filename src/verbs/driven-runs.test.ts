import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openTutti } from "../engine.ts";
import type { Agent } from "../ports/agent.ts";
import { everyAbility } from "../testing/agent-abilities.ts";
import { temporaryFolder } from "../testing/testbed.ts";
import { DrivenRuns } from "./driven-runs.ts";

/** Ends its work when it is told to, and does not listen when it is stopped. */
function createSlowAgent() {
  const [asked, work] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const prompts: string[] = [];
  const agent: Agent = {
    name: "slow",
    abilities: everyAbility,
    probe: async () => ({ available: true }),
    run: async ({ work: given }) => {
      prompts.push(given.kind === "prompt" ? given.prompt : "");
      asked.resolve();
      await work.promise;
      return { ok: true, output: "done" };
    },
  };
  return { agent, prompts, asked: asked.promise, end: () => work.resolve() };
}

it("closing stops a run that is under way and waits for its work; a resume goes on with it", async () => {
  const cwd = temporaryFolder();
  const { agent, prompts, asked, end } = createSlowAgent();
  const options = { cwd, home: join(cwd, ".tutti"), agents: [agent] };
  const chain = ["a", "b"].map((name) => ({ name, prompt: name, agent: "slow" }));
  const tutti = await openTutti(options);
  const handle = await tutti.start(await tutti.load({ kind: "object", value: { name: "x", chain } }));
  await asked;
  const closed = tutti.close();
  end();
  await closed;
  expect(await handle.done).toMatchObject({ stopped: true });
  const again = await openTutti(options);
  onTestFinished(() => again.close());
  expect(await (await again.resume(handle.id)).done).toMatchObject({ status: "completed" });
  expect(prompts).toEqual(["a", "a", "b"]);
});

it("what begins while it closes is stopped and waited for, too, and what fails holds nothing up", async () => {
  const driven = new DrivenRuns();
  const stopped: string[] = [];
  const run = (name: string, around: Promise<undefined> = Promise.resolve(undefined)) => ({
    id: name,
    stop: () => void stopped.push(name),
    halt: () => {},
    around,
  });
  const [first, second, around] = [
    Promise.withResolvers<undefined>(),
    Promise.withResolvers<undefined>(),
    Promise.withResolvers<undefined>(),
  ];
  driven.add(run("first"), first.promise);
  let isClosed = false;
  const closed = driven.close().then(() => (isClosed = true));
  driven.add(run("second", around.promise), second.promise);
  first.reject(new Error("the disk is full"));
  second.resolve(undefined);
  await new Promise(setImmediate);
  expect([stopped, isClosed]).toEqual([["first", "second"], false]);
  around.resolve(undefined);
  await closed;
});
