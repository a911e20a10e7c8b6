import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openTutti } from "../engine.ts";
import { temporaryFolder } from "../testing/testbed.ts";

const greet = `inputs: {who: {type: string}}
chain: {steps: [{name: say, run: 'echo "hello \${{ inputs.who }}"'}]}
`;
const call = (name: string) => `chain: {steps: [{name: sub, workflow: ${name}, with: {who: you}}]}\n`;

async function opened(files: Readonly<Record<string, string>>) {
  const cwd = temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    writeFileSync(join(cwd, path), text);
  }
  const tutti = await openTutti({ cwd, home: join(cwd, ".tutti") });
  onTestFinished(() => tutti.close());
  const load = (path: string) => tutti.load({ kind: "file", path, cwd });
  return { tutti, load };
}

it("a workflow calls others, named relative to itself, through several files", async () => {
  const { tutti, load } = await opened({
    "top.yaml": call("flows/middle.yaml"),
    "flows/middle.yaml": `inputs: {who: {type: string}}
chain: {steps: [{name: inner, workflow: ./greet.yaml, with: {who: "\${ inputs.who }!"}}]}
`,
    "flows/greet.yaml": greet,
  });
  const handle = await tutti.start(await load("top.yaml"));
  const { status, view } = await handle.done;
  expect(status).toBe("completed");
  expect(view.nodes.find(({ address }) => address === "sub/inner/say")?.output).toBe("hello you!");
});

it("a workflow that calls itself is refused, by way of others too", async () => {
  const { load } = await opened({
    "a.yaml": call("./b.yaml"),
    "b.yaml": call("./a.yaml"),
    "c.yaml": call("./c.yaml"),
  });
  await expect(load("a.yaml")).rejects.toThrow(/it has mistakes; .*a.yaml → b.yaml → a.yaml/s);
  await expect(load("c.yaml")).rejects.toThrow(/it calls itself/);
});

it("a called workflow that is missing, or has mistakes, is named with why", async () => {
  const { load } = await opened({
    "a.yaml": call("./none.yaml"),
    "b.yaml": call("./bad.yaml"),
    "bad.yaml": "chain: 3\n",
  });
  await expect(load("a.yaml")).rejects.toThrow(/there is no such file/);
  await expect(load("b.yaml")).rejects.toThrow(/it has mistakes; the first: /);
});
