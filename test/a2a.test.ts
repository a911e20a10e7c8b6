import { TaskState } from "@a2a-js/sdk";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { openTutti } from "../src/engine.ts";
import { temporaryFolder } from "../src/testing/testbed.ts";
import { startA2aServer } from "./a2a-server/server.ts";

const page = readFileSync(fileURLToPath(new URL("../docs/a2a.md", import.meta.url)), "utf8");
const [settings = "", workflow = ""] = [...page.matchAll(/^```yaml\n([^]*?)^```/gm)].map(
  (match) => match[1] ?? "",
);

async function project(files: Readonly<Record<string, string>>) {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, ".git"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  const tutti = await openTutti({ cwd, home: join(cwd, ".tutti") });
  onTestFinished(() => tutti.close());
  return { cwd, tutti, load: () => tutti.load({ kind: "file", path: join(cwd, "w.yaml") }) };
}

function withKey(value: string): void {
  vi.stubEnv("FAR_KEY", value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

const asking = "workspace: none\nagent: far\nchain: [{name: hi, prompt: hello}]\n";

describe("a remote agent of a project", () => {
  it("is used as docs/a2a.md shows", async () => {
    const { load } = await project({ "tutti.yaml": settings, "w.yaml": workflow });
    expect((await load()).workflow.chain.steps[1]?.action).toMatchObject({
      kind: "agent",
      agent: "reviewer",
    });
  });

  it("does a step, and nothing holds the secret that it was told", async () => {
    withKey("xyzzy-plugh");
    const server = await startA2aServer({
      key: "xyzzy-plugh",
      work: ({ give, end }) => {
        end(TaskState.TASK_STATE_WORKING, "I was told xyzzy-plugh");
        give([
          {
            content: { $case: "text", value: "the key is xyzzy-plugh" },
            metadata: undefined,
            filename: "",
            mediaType: "",
          },
        ]);
        end(TaskState.TASK_STATE_COMPLETED);
      },
    });
    onTestFinished(() => server.close());
    const far = `agents: {far: {a2a: {url: "${server.url}", headers: {x-key: "\${ secrets.FAR_KEY }"}}}}`;
    const { tutti, load, cwd } = await project({ "tutti.yaml": far, "w.yaml": asking });
    const { status, view } = await (await tutti.start(await load())).done;
    expect(status).toBe("completed");
    expect(view.nodes[0]).toMatchObject({ output: "the key is ***" });
    await tutti.close();
    expect(readFileSync(join(cwd, ".tutti", "tutti.db")).includes("xyzzy-plugh")).toBe(false);
  });

  it("is not there without the secret that it is to be told", async () => {
    withKey("");
    const far = 'agents: {far: {a2a: {url: "http://127.0.0.1:1", headers: {x-key: "${ secrets.FAR_KEY }"}}}}';
    const { tutti, load } = await project({ "tutti.yaml": far, "w.yaml": asking });
    await expect(tutti.start(await load())).rejects.toThrow(/the secret FAR_KEY has no value here/);
  });

  it.each([
    '{url: "http://x", headers: {a: "${ inputs.b }"}}',
    '{url: "http://x", headers: {a: "${ "}}',
    "{url: nowhere}",
    '{url: "ftp://x"}',
    "{}",
  ])("is refused in the settings as %s", async (a2a) => {
    await expect(project({ "tutti.yaml": `agents: {far: {a2a: ${a2a}}}` })).rejects.toMatchObject({
      code: "SETTINGS_INVALID",
    });
  });

  it("is not given what it cannot do", async () => {
    const far = 'agents: {far: {a2a: {url: "http://127.0.0.1:1"}}}';
    const tools = "agent: far\nchain: [{prompt: hello, tools: [Read]}]\n";
    const { tutti, load } = await project({ "tutti.yaml": far, "w.yaml": tools });
    await expect(load().then((source) => tutti.start(source))).rejects.toMatchObject({
      code: "AGENT_CANNOT",
    });
  });
});
