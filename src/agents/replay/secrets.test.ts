import { mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Outcome } from "../../core/outcome.ts";
import { createRedactor } from "../../executors/redactor.ts";
import type { Agent } from "../../ports/agent.ts";
import { everyAbility } from "../../testing/agent-abilities.ts";
import { agentTask, taskContext } from "../../testing/agent-contract.ts";
import { temporaryFolder } from "../../testing/testbed.ts";
import { createRecorder } from "./recorder.ts";
import { createReplayAgent } from "./replay.ts";

const secret = "s3cr3t-value";
const env = { PATH: process.env["PATH"] ?? "" };

function knowing(...values: string[]) {
  const redactor = createRedactor();
  redactor.learn(values);
  return redactor;
}

/** Records one task of an agent that does this. */
async function record(work: (cwd: string) => Promise<Partial<Outcome>>, prompt = "go") {
  const cassette = join(temporaryFolder(), "tape");
  const agent: Agent = {
    name: "worker",
    abilities: everyAbility,
    probe: () => Promise.resolve({ available: true, version: "1" }),
    run: async (_, { cwd }) => ({ ok: true, ...(await work(cwd)) }),
  };
  const printed: string[] = [];
  const outcome = await createRecorder(agent, { cassette, redaction: knowing(secret) }).run(
    agentTask({ work: { kind: "prompt", prompt } }),
    {
      ...taskContext({ cwd: temporaryFolder(), env }),
      print: (line) => void printed.push(line),
    },
  );
  return { cassette, outcome, printed };
}

/** Everything that is on the disk of a cassette, names too. */
async function wholeText(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true });
  const texts = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      return (await stat(path)).isFile() ? `${name}\n${await readFile(path, "latin1")}` : name;
    }),
  );
  return texts.join("\n");
}

async function replayed(cassette: string, { prompt = "go", redaction = knowing(secret) } = {}) {
  const cwd = temporaryFolder();
  const task = agentTask({ work: { kind: "prompt", prompt } });
  const outcome = await createReplayAgent({ cassette, redaction }).run(task, taskContext({ cwd, env }));
  return { cwd, outcome };
}

describe("a cassette of work with a secret", () => {
  it("holds it neither in the outcome nor in the request, and is replayed with another value", async () => {
    const said = { output: { token: secret }, stdout: `a ${secret}`, details: { [secret]: 1 } };
    const { cassette, outcome } = await record(() => Promise.resolve(said), `use ${secret}`);
    expect(outcome).toEqual({ ok: true, ...said });
    expect(await wholeText(cassette)).not.toContain(secret);
    const again = await replayed(cassette, {
      prompt: "use another-v4lue",
      redaction: knowing("another-v4lue"),
    });
    expect(again.outcome).toMatchObject({ ok: true, output: { token: "***" }, stdout: "a ***" });
  });

  it("holds none of its failure", async () => {
    const failure = { code: "AGENT_FAILED", message: `bad ${secret}`, class: "failure" } as const;
    const { cassette } = await record(() => Promise.resolve({ ok: false, failure }));
    expect(await wholeText(cassette)).not.toContain(secret);
  });

  it("keeps no file that holds it, says so, and is not replayed by halves", async () => {
    const { cassette, printed } = await record(async (cwd) => {
      await writeFile(join(cwd, "plain"), "x");
      await writeFile(join(cwd, "config"), Buffer.concat([Buffer.of(0, 255), Buffer.from(secret)]));
      await writeFile(join(cwd, "encoded"), Buffer.from(`user:${secret}`).toString("base64"));
      await symlink(`/${secret}`, join(cwd, "link"));
      await mkdir(join(cwd, secret));
      await writeFile(join(cwd, secret, "named"), "x");
      return {};
    });
    expect(await wholeText(cassette)).not.toContain(secret);
    expect(await readdir(join(cassette, "blobs"))).toHaveLength(1);
    const note =
      "not recorded, because a secret is in it: config, encoded, link, ***/named; this step cannot be replayed";
    expect(printed).toEqual([note]);
    const { cwd, outcome } = await replayed(cassette);
    expect(outcome.failure).toMatchObject({ code: "REPLAY_MISS", class: "permanent" });
    expect(outcome.failure?.message).toContain(
      "hold a secret and were not kept: config, encoded, link, ***/named",
    );
    expect(await readdir(cwd)).toEqual([]);
  });

  it("of a kind that an earlier version wrote is replayed", async () => {
    const { cassette } = await record(() => Promise.resolve({ output: "old" }));
    const tape = join(cassette, "tape.jsonl");
    await writeFile(tape, (await readFile(tape, "utf8")).replace(',"withheld":[]', ""));
    expect((await replayed(cassette)).outcome).toMatchObject({ ok: true, output: "old" });
  });
});
