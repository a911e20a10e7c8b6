import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { Project } from "./tutti.ts";

const parent = (more = "") => `
name: release
chain:
  - {name: build, run: "echo build >> did; echo built"}
  - {name: sub, workflow: ./child.yaml, with: {word: "\${ build.output }"}, mode: child, depends_on: [build]${more}}
  - {name: after, run: "echo after >> did", depends_on: [sub]}
`;

/** The step \`slow\` goes on for ever until there is a file \`go\`. */
const slow = `
name: check
inputs: {word: {type: string}}
chain:
  - {name: first, run: "echo first >> did; echo $\${{ inputs.word }}"}
  - {name: slow, run: "(echo $$; exec sleep 300) > pid & echo ready; until test -e go; do sleep 0.05; done; echo slow >> did", depends_on: [first]}
`.replaceAll("$${{", "${{");

const did = (project: Project) => readFileSync(project.path("did"), "utf8").trim().split("\n");

async function runs(project: Project): Promise<readonly { runId: string; status: string }[]> {
  const { values } = await project.json(["runs"]);
  return (values[0]?.["runs"] ?? []) as readonly { runId: string; status: string }[];
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
};

it("a run whose process was killed goes on with the run inside it, and nothing is done twice", async () => {
  const project = new Project({ "parent.yaml": parent(), "child.yaml": slow });
  const call = project.begin(["run", "parent.yaml"]);
  await expect.poll(() => existsSync(project.path("pid")), { timeout: 20_000 }).toBe(true);
  call.child.kill("SIGKILL");
  await call.ended;
  expect((await runs(project)).map(({ status }) => status)).toEqual(["interrupted", "interrupted"]);
  const left = readFileSync(project.path("pid"), "utf8");
  const resumed = project.begin(["resume", "@last"]);
  await expect.poll(() => readFileSync(project.path("pid"), "utf8"), { timeout: 20_000 }).not.toBe(left);
  // What the killed process left behind is gone before the step begins again.
  project.write({ go: "" });
  const { status, stderr } = await resumed.ended;
  expect(stderr).toContain("completed");
  expect(status).toBe(0);
  expect(did(project)).toEqual(["build", "first", "slow", "after"]);
  const all = await runs(project);
  expect(all.map((run) => run.status)).toEqual(["completed", "completed"]);
  const audit = await project.json(["audit"]);
  expect(audit.status).toBe(0);
});

it("a cancel from another process reaches what runs inside runs have started", async () => {
  const project = new Project({ "parent.yaml": parent(), "child.yaml": slow });
  const call = project.begin(["run", "parent.yaml"]);
  await expect
    .poll(() => existsSync(project.path("pid")) && readFileSync(project.path("pid"), "utf8"), {
      timeout: 20_000,
    })
    .toMatch(/\d\n/);
  const pid = Number(readFileSync(project.path("pid"), "utf8"));
  const cancelled = await project.call(["cancel", "@last"]);
  expect(cancelled.status).toBe(0);
  expect((await call.ended).status).toBe(4);
  expect((await runs(project)).map(({ status }) => status)).toEqual(["cancelled", "cancelled"]);
  expect(isAlive(pid)).toBe(false);
});

it("pause and resume hold for the run inside, too", async () => {
  const two = `${slow}  - {name: last, run: "echo last >> did", depends_on: [slow]}\n`;
  const project = new Project({ "parent.yaml": parent(), "child.yaml": two });
  const call = project.begin(["run", "parent.yaml"]);
  await expect.poll(() => existsSync(project.path("pid")), { timeout: 20_000 }).toBe(true);
  await project.call(["pause", "@last"]);
  project.write({ go: "" });
  expect((await call.ended).status).toBe(3);
  expect((await runs(project)).map(({ status }) => status)).toEqual(["paused", "paused"]);
  expect(did(project)).toEqual(["build", "first", "slow"]);
  const { status } = await project.call(["resume", "@last"]);
  expect(status).toBe(0);
  expect(did(project)).toEqual(["build", "first", "slow", "last", "after"]);
});

it("an answer from another process lets the run inside and the run around it go on", async () => {
  const asking = `
name: check
inputs: {word: {type: string}}
chain:
  - {name: ok, approval: "Ship it?"}
  - {name: last, run: "echo last >> did", depends_on: [ok]}
`;
  const project = new Project({ "parent.yaml": parent(), "child.yaml": asking });
  const begun = await project.call(["run", "parent.yaml"]);
  expect(begun.status).toBe(3);
  const [around, inside] = (await runs(project)).map(({ runId }) => runId);
  expect(inside).toBe(`${around}.1`);
  expect(begun.stdout).toContain(`next: tutti approve ${inside} ok`);
  const wrong = await project.call(["approve", around ?? "", "ok"]);
  expect(wrong.status).toBe(2);
  expect(wrong.stderr).toContain(`tutti approve ${inside} ok`);
  const { status, stdout, stderr } = await project.call(["approve", inside ?? "", "ok"]);
  expect(status).toBe(0);
  expect(stderr).toContain(`run ${around} (release) goes on, with run ${inside} inside it`);
  expect(stderr).toMatch(/verified +after/);
  expect(stdout).toContain(`completed release · run ${around} `);
  expect((await runs(project)).map((run) => run.status)).toEqual(["completed", "completed"]);
  expect(did(project)).toEqual(["build", "last", "after"]);
});

it("an answer shows how the run around goes on, and gives its exit status", async () => {
  const asking = 'chain: [{name: ok, approval: "Ship it?"}]';
  const further = `${parent()}  - {name: more, approval: "And now?", depends_on: [after]}\n`;
  const project = new Project({
    "parent.yaml": further,
    "child.yaml": asking.replace("chain", "name: check\ninputs: {word: {type: string}}\nchain"),
  });
  await project.call(["run", "parent.yaml"]);
  const [around, inside] = (await runs(project)).map(({ runId }) => runId);
  const { status, values } = await project.json(["approve", inside ?? "", "ok"]);
  expect(status).toBe(3);
  const told = values.filter(({ type }) => type === "run.around" || type === "run.summary");
  expect(told).toMatchObject([
    { type: "run.around", id: around, name: "release", child: inside },
    { type: "run.summary", id: around, status: "waiting" },
  ]);
  expect(values.some(({ type, address }) => type === "ask.started" && address === "more")).toBe(true);
});

it("an answer reaches the process that drives the run around", async () => {
  const asking = `
name: check
inputs: {word: {type: string}}
chain: [{name: ok, approval: "Ship it?"}]
`;
  const beside = `${parent().replace(", depends_on: [build]", "")}  - {name: slow, run: "until test -e go; do sleep 0.05; done"}\n`;
  const project = new Project({
    "parent.yaml": beside
      .replace("chain:", "chain:\n  parallel_where_possible: true\n  steps:")
      .replace('"${ build.output }"', "x"),
    "child.yaml": asking,
  });
  const call = project.begin(["run", "parent.yaml"]);
  await call.until("waiting    sub");
  const [, inside] = (await runs(project)).map(({ runId }) => runId);
  const { status, stdout } = await project.call(["approve", inside ?? "", "ok"]);
  expect(status).toBe(0);
  expect(stdout).toContain(`answer was sent to run ${inside}; it is driven by `);
  project.write({ go: "" });
  expect((await call.ended).status).toBe(0);
});
