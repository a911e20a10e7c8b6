import { expect, it } from "vitest";
import { Project } from "./tutti.ts";

const files = {
  "gate.yaml": 'chain: [{name: w, run: "true", gates: [{human: "Keep this?", deadline: 24h}]}]',
  "plain.yaml": 'chain: [{name: w, approval: "Go?"}]',
  "two.yaml": 'chain: [{name: a, approval: "Go?"}, {name: b, question: "Where?", deadline: 24h}]',
};

it("a run of which only people are to say more holds no process, and tells what is asked, with --quiet too", async () => {
  const project = new Project(files);
  const run = await project.call(["run", "gate.yaml", "--quiet"]);
  expect(run.status).toBe(3);
  expect(run.stderr).toMatch(/^\S+ asks {7}w until .*: Keep this\?\n$/);
  expect(run.stdout).toMatch(
    /waits for approval for its gate "human" until .*: Keep this\?\n {2}next: tutti approve \w+ w/,
  );
  expect((await project.call(["why", "@last"])).stdout).not.toContain("process");
  expect((await project.call(["approve", "@last", "w"])).status).toBe(0);
});

it("neither does one that went on with an answer", async () => {
  const project = new Project(files);
  await project.call(["run", "two.yaml"]);
  const { status, stdout } = await project.call(["approve", "@last", "a"]);
  expect(status).toBe(3);
  expect(stdout).toContain("Where?");
});

it.each(["gate.yaml", "plain.yaml"])("with --wait its process stays until the answer: %s", async (file) => {
  const project = new Project(files);
  const run = project.begin(["run", file, "--wait", "-q"]);
  await run.until("asks ");
  expect((await project.json(["approve", "@last", "w"])).values).toMatchObject([{ sent: "answer" }]);
  expect((await run.ended).status).toBe(0);
  await project.call(["run", file]);
  const resumed = project.begin(["resume", "@last", "--wait"]);
  await resumed.until("waiting");
  expect((await project.json(["approve", "@last", "w"])).status).toBe(0);
  expect((await resumed.ended).status).toBe(0);
});
