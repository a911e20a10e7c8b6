import { expect, it, onTestFinished } from "vitest";
import { openTutti } from "../engine.ts";
import { temporaryFolder } from "../testing/testbed.ts";
import type { Tutti } from "./tutti.ts";

async function open(mock: unknown, options: Parameters<typeof openTutti>[0] = {}): Promise<Tutti> {
  const folder = temporaryFolder();
  const tutti = await openTutti({ cwd: folder, home: `${folder}/state`, mock, ...options });
  onTestFinished(() => tutti.close());
  return tutti;
}

const output = { type: "object", properties: { ok: { type: "boolean" } }, required: ["ok"] };
const workflow = {
  name: "remembering",
  agent: "mock",
  memory: "notes",
  chain: {
    steps: [
      { name: "first", prompt: "look", output },
      { name: "second", prompt: "after ${ first.output.ok }", output },
    ],
  },
};

async function run(tutti: Tutti, value: unknown = workflow): Promise<string> {
  const handle = await tutti.start(await tutti.load({ kind: "object", value }));
  await handle.done;
  return handle.state.runId;
}

it("a step that comes after another is told what that one has learned", async () => {
  const tutti = await open({
    rules: [
      { step: "first", output: { ok: true, learned: ["One."] } },
      { step: "second", prompt: "> - One\\.", output: { ok: true, learned: ["one", "Two."] } },
    ],
    otherwise: "fail",
  });
  const view = await tutti.show(await run(tutti));
  expect(view.status).toBe("completed");
  expect(view.nodes.map(({ memory, output: given }) => [memory?.written, given])).toEqual([
    [{ name: "notes", added: 1, known: 0, dropped: 0 }, { ok: true }],
    [{ name: "notes", added: 1, known: 1, dropped: 0 }, { ok: true }],
  ]);
  expect((await tutti.memory.read("notes"))?.text).toMatch(
    /- One\. \(.*, step first\)\n- Two\. \(.*, step second\)/,
  );
});

it("what cannot be kept is told and stays in the run, from where it is added later", async () => {
  const rules = [{ step: "first", output: { ok: true, learned: ["One."] } }];
  const told: string[] = [];
  const tutti = await open({ rules }, { onTrouble: ({ code, fix }) => told.push(`${code} ${fix}`) });
  const small = { ...workflow, memory: { name: "notes", max: 10 } };
  const runId = await run(tutti, small);
  expect(told).toEqual([
    `MEMORY_FAILED shorten it, or raise \`max\` of \`memory:\`; then: tutti memory add ${runId}`,
  ]);
  const { status, nodes } = await tutti.show(runId);
  expect([status, nodes[0]?.memory?.learned]).toEqual(["completed", ["One."]]);
  expect(nodes[0]?.memory?.written?.trouble).toContain("leaves no room in 10 bytes");
  await expect(tutti.memory.addFrom(runId)).rejects.toMatchObject({ code: "MEMORY_FAILED" });
  expect(await tutti.memory.addFrom(await run(tutti))).toEqual([]);
});

it("secrets are taken out of what is kept", async () => {
  process.env["KEEP_LEARNED_KEY"] = "s3cr3t-value";
  const tutti = await open({
    rules: [{ step: "first", output: { ok: true, learned: ["The key is s3cr3t-value."] } }],
  });
  const [first, second] = workflow.chain.steps;
  const steps = [{ ...first, env: { KEY: "${ secrets.KEEP_LEARNED_KEY }" } }, second];
  await run(tutti, { ...workflow, chain: { steps } });
  expect((await tutti.memory.read("notes"))?.text).toContain("- The key is ***.");
});

it("nothing is written where nothing is to be", async () => {
  const rules = [{ step: "first", output: { ok: true, learned: ["One."] } }];
  const tutti = await open({ rules }, { state: "memory" });
  await run(tutti);
  expect(await tutti.memory.list()).toMatchObject([{ name: "notes", notes: 1 }]);
});
