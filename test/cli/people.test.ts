import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { userInfo } from "node:os";
import { describe, expect, it, onTestFinished } from "vitest";
import { Project } from "./tutti.ts";

const both = `chain:
  steps:
    - {name: ship, approval: "Ship \${ run.name }?", by: [ann, bob], quorum: 2}
    - {name: colour, question: "Which colour?", answer: [red, green]}
    - {name: paint, run: 'echo "\${{ colour.output }} \${{ ship.output.by }}" > log'}
`;

describe("tutti approve and answer", () => {
  it("take a run from question to question, each call a process of its own", async () => {
    const project = new Project({ "flow.yaml": both });
    const run = await project.call(["run", "flow.yaml"]);
    expect(run.status).toBe(3);
    expect(run.stdout).toContain("waits for approval by ann or bob (0 of 2 so far): Ship flow?");
    expect(run.stdout).toMatch(/next: tutti approve \w+ ship --as NAME\n/);
    expect((await project.call(["approve", "@last", "ship", "--as", "ann"])).status).toBe(3);
    const listed = await project.json(["asks"]);
    expect(listed.values).toMatchObject([
      { asks: [{ address: "ship", kind: "approval", quorum: 2, answers: [{ value: true, by: "ann" }] }] },
    ]);
    expect((await project.call(["approve", "@last", "ship", "--as", "bob"])).status).toBe(3);
    expect((await project.call(["asks", "@last"])).stdout).toMatch(/tutti answer \w+ colour green/);
    const done = await project.call(["answer", "@last", "colour", "green"]);
    expect(done.status, done.stderr).toBe(0);
    expect(readFileSync(project.path("log"), "utf8")).toBe('green ["ann","bob"]\n');
    expect((await project.call(["asks"])).stderr).toContain("nobody is asked anything");
  });

  it("say what asks when the step is not named", async () => {
    const project = new Project({ "flow.yaml": both });
    await project.call(["run", "flow.yaml"]);
    for (const args of [["approve"], ["reject", "--reason", "no"], ["answer"]]) {
      const { status, stderr } = await project.call([...args, "@last"]);
      expect(status).toBe(2);
      expect(stderr).toMatch(
        /^USAGE: Cannot run "tutti \w+" like this: the NODE is missing\nfix: these ask: ship; see: tutti asks \w+\n$/,
      );
    }
    const unsaid = await project.call(["answer", "@last", "ship"]);
    expect(unsaid).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("the VALUE is missing") as string,
    });
    await project.call(["cancel", "@last"]);
    expect((await project.call(["approve", "@last"])).stderr).toContain(
      "nothing of the run asks anything now",
    );
  });

  it("refuse what does not fit, say why, and change nothing", async () => {
    const project = new Project({ "flow.yaml": both });
    await project.call(["run", "flow.yaml"]);
    const refused = async (...args: readonly string[]) => {
      const { status, values } = await project.json(args);
      expect(status).toBe(2);
      return (values[0] as { readonly error: { readonly code: string; readonly message: string } }).error;
    };
    expect(await refused("approve", "@last", "ship")).toMatchObject({
      code: "ANSWER_REFUSED",
      message: expect.stringContaining(
        `${userInfo().username} is not asked; who may answer: ann, bob`,
      ) as string,
    });
    expect(await refused("approve", "@last", "shop", "--as", "ann")).toMatchObject({
      code: "NOTHING_WAITS",
      fix: 'did you mean "ship"?',
    });
    expect(await refused("answer", "@last", "colour", "red")).toMatchObject({
      code: "NOTHING_WAITS",
      message: expect.stringContaining("it does not ask anything yet") as string,
    });
    expect(await refused("answer", "@last", "ship", "yes", "--as", "ann")).toMatchObject({
      message: expect.stringContaining("an approval is yes or no") as string,
    });
    await project.call(["approve", "@last", "ship", "--as", "ann"]);
    expect(await refused("approve", "@last", "ship", "--as", "ann")).toMatchObject({
      message: expect.stringContaining("ann has approved it already") as string,
    });
    await project.call(["approve", "@last", "ship", "--as", "bob"]);
    expect(await refused("answer", "@last", "colour", "blue")).toMatchObject({ code: "ANSWER_REFUSED" });
    expect(await refused("approve", "@last", "ship", "--as", "bob")).toMatchObject({
      message: expect.stringContaining("it was answered already, by ann, bob") as string,
    });
  });
});

describe("tutti reject", () => {
  it("fails the step with the reason, which it asks for", async () => {
    const project = new Project({ "flow.yaml": both });
    await project.call(["run", "flow.yaml"]);
    expect((await project.call(["reject", "@last", "ship", "--as", "ann"])).status).toBe(2);
    const { status, stdout } = await project.call([
      "reject",
      "@last",
      "ship",
      "--as",
      "ann",
      "--reason",
      "not on a Friday",
    ]);
    expect(status).toBe(1);
    expect(stdout).toContain("It was rejected: ann said no: not on a Friday");
  });
});

describe("an answer", () => {
  it("reaches a process that drives the run, and its arrival is told", async () => {
    const busy = `chain:
  - name: together
    parallel: {join: all}
    steps:
      - {name: busy, run: "until test -f go; do sleep 0.05; done"}
      - {name: ok, approval: "Go?"}
      - {name: b, run: "touch go", depends_on: [ok]}
`;
    const project = new Project({ "flow.yaml": busy });
    const call = project.begin(["run", "flow.yaml"]);
    await call.until("asks       together/ok: Go?");
    const { status, values } = await project.json(["approve", "@last", "together/ok", "--as", "ann"]);
    expect(status).toBe(0);
    expect(values).toMatchObject([{ sent: "answer" }]);
    expect((await project.json(["show", "@last", "together/ok"])).values).toMatchObject([
      { output: { approved: true, by: ["ann"] } },
    ]);
    expect((await call.ended).status).toBe(0);
  });
});

describe("escalation", () => {
  it("tells it level by level, writes a report at hand-over, and takes what stands for an answer", async () => {
    const slow = `chain:
  - name: ship
    approval: "Ship <b>it</b>?"
    deadline: 1500ms
    otherwise: approve
    escalate:
      - {after: 100ms, notify: terminal}
      - {after: 200ms, notify: {file: out/asks.jsonl}}
      - {after: 300ms, notify: {command: 'echo "$TUTTI_ASK_NODE $TUTTI_ASK_TEXT" > told'}}
      - {after: 400ms, notify: handover}
`;
    const project = new Project({ "flow.yaml": slow });
    const { status, stderr } = await project.call(["run", "flow.yaml"]);
    expect(status, stderr).toBe(0);
    expect(stderr).toContain("approval in flow: ship: Ship <b>it</b>?   tutti approve ");
    const [notice = ""] = readFileSync(project.path("out/asks.jsonl"), "utf8").split("\n");
    const { runId, level } = JSON.parse(notice) as { readonly runId: string; readonly level: number };
    expect(level).toBe(2);
    expect(readFileSync(project.path("told"), "utf8")).toBe("ship Ship <b>it</b>?\n");
    const report = readFileSync(project.path(`.tutti/handover/${runId}.md`), "utf8");
    expect(report).toContain(`# Hand-over of run ${runId}`);
    expect(report).toContain(`tutti approve ${runId} ship`);
    expect(stderr).toContain("answered   ship with yes: nobody did in time, and its `otherwise` stands");
  });
});

describe("a webhook of an escalation", () => {
  it("is called once with a signature, and its secrets are in no log", async () => {
    const calls: { readonly url: string | undefined; readonly signature: unknown; readonly body: string }[] =
      [];
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        calls.push({ url: request.url, signature: request.headers["x-tutti-signature"], body });
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const flow = `chain:
  - name: ship
    approval: Ship?
    deadline: 600ms
    otherwise: approve
    escalate: [{after: 100ms, notify: {webhook: "http://127.0.0.1:${port}/\${ run.name }?key=\${ secrets.HOOK_KEY }"}}]
`;
    const project = new Project({ "flow.yaml": flow });
    const env = { HOOK_KEY: "t0ken-of-the-hook", TUTTI_WEBHOOK_SECRET: "s3cret-of-ours" };
    const { status, stdout, stderr } = await project.call(["run", "flow.yaml"], { env });
    expect(status, stderr).toBe(0);
    expect(calls).toMatchObject([
      {
        url: "/flow?key=t0ken-of-the-hook",
        signature: expect.stringMatching(/^sha256=[0-9a-f]{64}$/) as string,
        body: expect.stringContaining('"address":"ship"') as string,
      },
    ]);
    const events = await project.json(["events", "@last"]);
    for (const text of [stdout, stderr, events.stdout]) {
      expect(text).not.toContain("t0ken-of-the-hook");
      expect(text).not.toContain("s3cret-of-ours");
    }
    const missing = await project.call(["run", "flow.yaml"]);
    expect(missing).toMatchObject({ status: 2, stderr: expect.stringContaining("SECRET_MISSING") as string });
  });
});

describe("a process that is killed while people are asked", () => {
  it("before a level was told, leaves it to the next process, as often as it takes", async () => {
    const bell = 'echo "$TUTTI_ASK_ID" >> told; test -e quick || sleep 60';
    const flow = `chain:
  - name: ship
    approval: Ship?
    escalate: [{after: 100ms, notify: {command: '${bell}'}}]
`;
    const project = new Project({ "flow.yaml": flow });
    const ids = () => (existsSync(project.path("told")) ? readFileSync(project.path("told"), "utf8") : "");
    const times = () => ids().split("\n").length - 1;
    for (const args of [
      ["run", "flow.yaml"],
      ["resume", "@last"],
    ]) {
      const before = times();
      const call = project.begin(args);
      await expect.poll(times, { timeout: 20_000 }).toBe(before + 1);
      call.child.kill("SIGKILL");
      await call.ended;
    }
    writeFileSync(project.path("quick"), "");
    expect(await project.call(["resume", "@last"])).toMatchObject({ status: 3 });
    expect(times()).toBe(3);
    expect(new Set(ids().trim().split("\n")).size).toBe(1);
    await project.call(["resume", "@last"]);
    expect(times()).toBe(3);
  });

  it("has told its levels once; the next process tells the others, and answers that came meanwhile count", async () => {
    const flow = `chain:
  - name: both
    parallel: {join: all}
    steps:
      - name: ship
        approval: Ship?
        escalate:
          - {after: 100ms, notify: {file: asks.jsonl}}
          - {after: 2s, notify: {file: asks.jsonl}}
      - {name: other, approval: "Other?", deadline: 1h}
`;
    const project = new Project({ "flow.yaml": flow });
    const call = project.begin(["run", "flow.yaml"]);
    const told = project.path("asks.jsonl");
    const isTold = () => existsSync(told) && readFileSync(told, "utf8").endsWith("\n");
    await expect.poll(isTold, { timeout: 20_000 }).toBe(true);
    call.child.kill("SIGKILL");
    await call.ended;
    const why = await project.call(["why", "@last"]);
    expect(why.stdout).toContain("a process to watch the time: none drives it");
    const resumed = project.begin(["resume", "@last", "--wait"]);
    await resumed.until("escalated  both/ship to level 2");
    for (const node of ["both/ship", "both/other"]) {
      const { status } = await project.call(["approve", "@last", node, "--as", "ann"]);
      expect(status).toBe(0);
    }
    expect((await resumed.ended).status).toBe(0);
    const levels = readFileSync(project.path("asks.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { readonly level: number }).level);
    expect(levels).toEqual([1, 2]);
  });
});
