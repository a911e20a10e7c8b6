import { execFileSync } from "node:child_process";
import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Outcome } from "../../core/outcome.ts";
import { createRedactor } from "../../executors/redactor.ts";
import type { Agent } from "../../ports/agent.ts";
import { everyAbility } from "../../testing/agent-abilities.ts";
import { agentTask, taskContext } from "../../testing/agent-contract.ts";
import { createRecorder } from "./recorder.ts";
import { createReplayAgent } from "./replay.ts";

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "replay-"));
  folders.push(folder);
  return folder;
}

const redaction = createRedactor();
const env = { PATH: process.env["PATH"] ?? "" };
const replayOf = (cassette: string) => createReplayAgent({ cassette, redaction });
type Work = (cwd: string) => Promise<Partial<Outcome>>;

/** An agent that does this. */
function worker(work: Work): Agent {
  return {
    name: "worker",
    abilities: everyAbility,
    probe: () => Promise.resolve({ available: true, version: "1" }),
    run: async (_, { cwd }) => ({ ok: true, ...(await work(cwd)) }),
  };
}

async function recorded(
  work: Work,
  { task = agentTask(), cwd = "", address = "step", attempt = 1, cassette = "" },
) {
  const tape = cassette === "" ? join(await newFolder(), "tape") : cassette;
  const agent = createRecorder(worker(work), { cassette: tape, redaction });
  await agent.run(task, taskContext({ cwd: cwd === "" ? await newFolder() : cwd, env, address, attempt }));
  return tape;
}

describe("a cassette", () => {
  it("gives the same outcome and the same files: text, bytes, modes, links and deletions", async () => {
    const before = async () => {
      const cwd = await newFolder();
      await writeFile(join(cwd, "edited"), "before\n");
      await writeFile(join(cwd, "deleted"), "x");
      await writeFile(join(cwd, "untouched"), "x");
      return cwd;
    };
    const usage = { costUsd: 0.01, inputTokens: 1, outputTokens: 1 };
    const outcome = { output: { n: 1 }, usage, changedFiles: ["edited"], details: { session: "s" } };
    const cassette = await recorded(
      async (cwd) => {
        await writeFile(join(cwd, "edited"), "after\n");
        await rm(join(cwd, "deleted"));
        await mkdir(join(cwd, "deep/er"), { recursive: true });
        await writeFile(join(cwd, "deep/er/bytes"), Buffer.from([0, 255, 10, 13]));
        await writeFile(join(cwd, "program"), "#!/bin/sh\n");
        await chmod(join(cwd, "program"), 0o755);
        await symlink("edited", join(cwd, "link"));
        return outcome;
      },
      { cwd: await before() },
    );
    const cwd = await before();
    const replay = replayOf(cassette);
    const run = () => replay.run(agentTask(), taskContext({ cwd, env }));
    expect(await run()).toEqual({ ok: true, ...outcome });
    expect(await readFile(join(cwd, "edited"), "utf8")).toBe("after\n");
    expect(await readFile(join(cwd, "deep/er/bytes"))).toEqual(Buffer.from([0, 255, 10, 13]));
    expect((await stat(join(cwd, "program"))).mode & 0o100).toBe(0o100);
    expect(await readlink(join(cwd, "link"))).toBe("edited");
    await expect(stat(join(cwd, "deleted"))).rejects.toThrow("ENOENT");
    // A replay that was cut off and is started again finds its own changes.
    expect(await run()).toMatchObject({ ok: true });
  });

  it("knows what a committed file was, also with a dirty tree", async () => {
    const repository = async () => {
      const cwd = await newFolder();
      const git = (...args: string[]) =>
        execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
          cwd,
          stdio: "pipe",
        });
      git("init", "-q");
      await writeFile(join(cwd, "a"), "committed\n");
      git("add", ".");
      git("commit", "-qm", "first");
      return cwd;
    };
    const cassette = await recorded((cwd) => appendFile(join(cwd, "a"), "more\n").then(() => ({})), {
      cwd: await repository(),
    });
    const cwd = await repository();
    const replay = replayOf(cassette);
    expect(await replay.run(agentTask(), taskContext({ cwd, env }))).toMatchObject({ ok: true });
    expect(await readFile(join(cwd, "a"), "utf8")).toBe("committed\nmore\n");
  });

  it("changes no file when one of them is not as it was", async () => {
    const cassette = await recorded(async (cwd) => {
      await writeFile(join(cwd, "a"), "new");
      await writeFile(join(cwd, "b"), "new");
      return {};
    }, {});
    const cwd = await newFolder();
    await writeFile(join(cwd, "b"), "of somebody else");
    const outcome = await replayOf(cassette).run(agentTask(), taskContext({ cwd, env }));
    expect(outcome).toMatchObject({ ok: false, failure: { code: "REPLAY_MISS", class: "permanent" } });
    expect(outcome.failure?.message).toContain('"b" is -:sha256:');
    expect(outcome.failure?.message).toContain("was absent when it was recorded");
    await expect(stat(join(cwd, "a"))).rejects.toThrow("ENOENT");
  });

  it("fits another clone: the step's folder is no part of a request", async () => {
    const [here, there] = [await newFolder(), await newFolder()];
    const say = (cwd: string) => agentTask({ work: { kind: "prompt", prompt: `look into ${cwd}/src` } });
    const cassette = await recorded(() => Promise.resolve({ output: "seen" }), {
      task: say(here),
      cwd: here,
    });
    const outcome = await replayOf(cassette).run(say(there), taskContext({ cwd: there, env }));
    expect(outcome).toMatchObject({ ok: true, output: "seen" });
  });

  it("takes of several recordings that of the attempt, then of the step, then the first", async () => {
    const cassette = join(await newFolder(), "tape");
    for (const [address, attempt] of [
      ["other", 1],
      ["fix", 1],
      ["fix", 2],
    ] as const)
      await recorded(() => Promise.resolve({ output: `${address} ${attempt}` }), {
        cassette,
        address,
        attempt,
      });
    const replay = replayOf(cassette);
    const cwd = await newFolder();
    const outputOf = async (address: string, attempt: number) =>
      (await replay.run(agentTask(), taskContext({ cwd, env, address, attempt }))).output;
    expect(await outputOf("fix", 1)).toBe("fix 1");
    expect(await outputOf("fix", 3)).toBe("fix 2");
    expect(await outputOf("new", 1)).toBe("other 1");
  });

  it("shows how a near miss differs from what was recorded", async () => {
    const task = agentTask({ work: { kind: "prompt", prompt: "fix the bug\nrun the tests" }, model: "opus" });
    const cassette = await recorded(() => Promise.resolve({}), { task, address: "fix" });
    await recorded(() => Promise.resolve({}), { cassette, address: "far" });
    const asked = { ...task, work: { kind: "prompt", prompt: "fix the bugs\nrun the tests" } as const };
    const outcome = await replayOf(cassette).run(asked, taskContext({ cwd: await newFolder(), env }));
    expect(outcome.failure).toMatchObject({ code: "REPLAY_MISS" });
    expect(outcome.failure?.message).toBe(
      'Cannot replay this task: nothing recorded fits; nearest is "fix", attempt 1 (- recorded, + asked now):\n' +
        "- prompt: fix the bug\n+ prompt: fix the bugs",
    );
  });

  it("keeps commands with their arguments and body apart", async () => {
    const call = (args: string) =>
      agentTask({
        work: {
          kind: "command",
          command: { name: "a:b", arguments: args, file: "/f", expanded: `Do ${args}`, native: true },
        },
        context: { list: [1, "x"] },
      });
    const cassette = await recorded(() => Promise.resolve({ output: 1 }), { task: call("x") });
    const replay = replayOf(cassette);
    const cwd = await newFolder();
    expect(await replay.run(call("x"), taskContext({ cwd, env }))).toMatchObject({ ok: true });
    expect(await replay.run(call("y"), taskContext({ cwd, env }))).toMatchObject({ ok: false });
  });

  it("does not replay changes outside the step's folder", async () => {
    const root = await newFolder();
    execFileSync("git", ["init", "-q", root]);
    await mkdir(join(root, "sub"));
    const cassette = await recorded(() => writeFile(join(root, "outside"), "x").then(() => ({})), {
      cwd: join(root, "sub"),
    });
    const outcome = await replayOf(cassette).run(agentTask(), taskContext({ cwd: await newFolder(), env }));
    expect(outcome.failure?.message).toContain("../outside");
  });

  it("does not take the tape itself for work", async () => {
    const cwd = await newFolder();
    const cassette = join(cwd, "tape");
    await recorded(() => recorded(() => Promise.resolve({}), { cwd, cassette }).then(() => ({})), {
      cwd,
      cassette,
    });
    expect((await readFile(join(cassette, "tape.jsonl"), "utf8")).match(/"files":\[\]/g)).toHaveLength(2);
  });

  it("keeps nothing of work that was aborted", async () => {
    const cassette = join(await newFolder(), "tape");
    const failing = worker(() => Promise.reject(new Error("aborted")));
    const recorder = createRecorder(failing, { cassette, redaction });
    await expect(recorder.run(agentTask(), taskContext({ cwd: await newFolder(), env }))).rejects.toThrow(
      "aborted",
    );
    expect(await recorder.probe()).toMatchObject({ available: true });
    expect(await replayOf(cassette).probe()).toMatchObject({ available: false });
  });
});

describe("a cassette that is not whole", () => {
  const run = async (cassette: string) =>
    replayOf(cassette).run(agentTask(), taskContext({ cwd: await newFolder(), env }));

  it("is a failure when it is missing, and says what to do", async () => {
    expect(await run("/nowhere/tape")).toMatchObject({ ok: false, failure: { code: "FILE_NOT_FOUND" } });
    expect(await replayOf("/nowhere").probe()).toMatchObject({
      available: false,
      fix: expect.stringContaining("record a run first"),
    });
  });

  it("is read up to a last line that was never finished", async () => {
    const cassette = await recorded(() => Promise.resolve({ output: 1 }), {});
    await appendFile(join(cassette, "tape.jsonl"), '{"tutti":1,"addr');
    expect(await run(cassette)).toMatchObject({ ok: true });
  });

  it("names a line that is damaged", async () => {
    const cassette = await recorded(() => Promise.resolve({}), {});
    await appendFile(join(cassette, "tape.jsonl"), "{}\n");
    expect(await run(cassette)).toMatchObject({
      failure: { code: "FILE_UNREADABLE", message: expect.stringContaining("line 2") },
    });
  });

  it("gives no content that was changed or that lies elsewhere", async () => {
    const cassette = await recorded((cwd) => writeFile(join(cwd, "a"), "x").then(() => ({})), {});
    const tape = await readFile(join(cassette, "tape.jsonl"), "utf8");
    const id = /"blob":"([0-9a-f]+)"/.exec(tape)?.[1] ?? "";
    await writeFile(join(cassette, "blobs", id), "y");
    expect(await run(cassette)).toMatchObject({ failure: { code: "ARTIFACT_MISSING" } });
    await writeFile(join(cassette, "tape.jsonl"), tape.replace(id, "../../etc/passwd"));
    expect(await run(cassette)).toMatchObject({ failure: { code: "ARTIFACT_MISSING" } });
  });

  it("writes nothing outside the folder, whatever its paths say", async () => {
    const cassette = await recorded((cwd) => writeFile(join(cwd, "a"), "x").then(() => ({})), {});
    const tape = await readFile(join(cassette, "tape.jsonl"), "utf8");
    await writeFile(join(cassette, "tape.jsonl"), tape.replace('"path":"a"', '"path":"../a"'));
    expect(await run(cassette)).toMatchObject({ failure: { code: "BAD_VALUE" } });
  });
});
