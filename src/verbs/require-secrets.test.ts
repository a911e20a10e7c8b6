import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { openTutti, type TuttiOptions } from "../engine.ts";
import type { StepDefinition } from "../language/definition.ts";
import type { Agent } from "../ports/agent.ts";
import { everyAbility } from "../testing/agent-abilities.ts";
import type { RunHandle } from "./run-handle.ts";

const value = "s3cr3t-value-of-a-test";

/** A project with the secret in a file, as a program of a step finds it where tutti did not put it. */
function newProject(): string {
  const cwd = mkdtempSync(join(tmpdir(), "tutti-secrets-"));
  vi.stubEnv("TUTTI_TEST_TOKEN", value);
  writeFileSync(join(cwd, "token"), `${value}\n`);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(cwd, { recursive: true });
  });
  return cwd;
}

async function opened(cwd: string, options: TuttiOptions = {}) {
  const tutti = await openTutti({ cwd, home: join(cwd, ".tutti"), ...options });
  const load = (chain: readonly StepDefinition[]) =>
    tutti.load({ kind: "object", value: { name: "secretive", chain } });
  return { tutti, load };
}

/** Every line that is printed until the run ends. */
async function printed(handle: RunHandle): Promise<readonly string[]> {
  const lines: string[] = [];
  handle.on((news) => {
    if (news.kind === "line") lines.push(news.line.line);
  });
  await handle.done;
  return lines;
}

function filesWithSecret(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && readFileSync(path).includes(value));
}

const uses = { name: "use", run: 'test -n "$T"', env: { T: "${ secrets.TUTTI_TEST_TOKEN }" } };

describe("the value of a secret", () => {
  it("is hidden before the first step that uses it", async () => {
    const cwd = newProject();
    const { tutti, load } = await opened(cwd);
    const handle = await tutti.start(
      await load([
        { name: "leak", run: "cat token" },
        { ...uses, depends_on: ["leak"] },
      ]),
    );
    expect(await printed(handle)).toEqual(["***"]);
    expect((await tutti.show(handle.id)).nodes.find(({ address }) => address === "leak")?.output).toBe("***");
    await tutti.close();
    expect(filesWithSecret(join(cwd, ".tutti"))).toEqual([]);
  });

  it("is hidden after a resume in another process, when the step that used it is done", async () => {
    const cwd = newProject();
    const chain = [uses, { name: "leak", run: "cat token; test -f go", depends_on: ["use"] }];
    const first = await opened(cwd);
    const { id, done } = await first.tutti.start(await first.load(chain));
    expect((await done).status).toBe("failed");
    await first.tutti.close();
    writeFileSync(join(cwd, "go"), "");
    const second = await opened(cwd);
    expect(await printed(await second.tutti.resume(id))).toEqual(["***"]);
    await second.tutti.close();
    expect(filesWithSecret(join(cwd, ".tutti"))).toEqual([]);
  });

  it("is in no cassette, neither as an answer nor in a file", async () => {
    const cwd = newProject();
    const leaky: Agent = {
      name: "leaky",
      abilities: everyAbility,
      probe: () => Promise.resolve({ available: true, version: "1" }),
      run: (_, context) => {
        writeFileSync(join(context.cwd, "copy"), value);
        return Promise.resolve({ ok: true, output: value });
      },
    };
    const { tutti, load } = await opened(cwd, { record: join(cwd, "tape"), agents: [leaky] });
    const chain = [
      { name: "ask", prompt: "go", agent: "leaky" },
      { ...uses, depends_on: ["ask"] },
    ];
    const { done } = await tutti.start(await load(chain));
    expect((await done).status).toBe("completed");
    await tutti.close();
    expect(readFileSync(join(cwd, "tape", "tape.jsonl"), "utf8")).toContain('"withheld":["copy"]');
    expect(filesWithSecret(join(cwd, "tape"))).toEqual([]);
  });

  it("is hidden after an update that does not name it any more", async () => {
    const cwd = newProject();
    const first = await opened(cwd);
    const chain = [uses, { name: "stop", run: "false", depends_on: ["use"] }];
    const { id, done } = await first.tutti.start(await first.load(chain));
    expect((await done).status).toBe("failed");
    await first.tutti.close();
    const second = await opened(cwd);
    const update = await second.load([{ name: "stop", run: "cat token; test -f go" }]);
    expect(await printed(await second.tutti.resume(id, { update }))).toEqual(["***"]);
    await second.tutti.close();
    const third = await opened(cwd);
    expect(await printed(await third.tutti.resume(id))).toEqual(["***"]);
    await third.tutti.close();
    expect(filesWithSecret(join(cwd, ".tutti"))).toEqual([]);
  });
});
