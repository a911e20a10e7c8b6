import { describe, expect, it } from "vitest";
import { loadWorkflow } from "../../language/load.ts";
import { CoreRun } from "../../testing/core-run.ts";
import { viewOf } from "../view.ts";

function runOf(text: string): CoreRun {
  const { workflow, problems } = loadWorkflow(text);
  if (!workflow) throw new Error(problems.map(({ message }) => message).join("\n"));
  return new CoreRun(workflow);
}

/** Two agents, then people, who name one of them, skip it, or stop. */
const asking = `
name: cast
agent: ann
chain:
  - name: do
    switch:
      on_failure: next
      cases:
        ann: {when: "true", steps: [{name: turn, prompt: plan}]}
        bob: {when: "true", steps: [{name: turn, agent: bob, prompt: "plan; before: \${ do.tried }"}]}
      default:
        - name: who
          question: "Nobody could: \${ do.tried.map(one, one.error.message) }. Who tries again?"
          answer: [ann, bob, skip, stop]
          deadline: 1h
          otherwise: skip
        - name: again
          switch:
            on: who.output
            cases:
              ann: [{name: turn, prompt: plan again}]
              bob: [{name: turn, agent: bob, prompt: plan again}]
              stop: [{name: turn, run: "exit 1"}]
            default: []
  - {name: after, run: "use \${{ do.way }}"}
`;

function bothFailed(): CoreRun {
  const run = runOf(asking);
  run.fail("do/ann/turn", { message: "ann broke" });
  expect(run.work("do/bob/turn")).toMatchObject({
    request: { prompt: expect.stringContaining("ann broke") },
  });
  run.fail("do/bob/turn", { message: "bob broke" });
  return run;
}

describe("people who are asked when no agent is left", () => {
  it("are told what was tried, hold nothing, and name who tries again", () => {
    const run = bothFailed();
    expect(run.status).toBe("waiting");
    expect(run.state.active).toBe(0);
    expect(run.node("do/default/who").ask?.text).toMatch(/ann broke.*bob broke/);
    run.give({ type: "answer", address: "do/default/who", value: "bob" });
    run.ok("do/default/again/bob/turn");
    run.ok("after");
    expect(run.status).toBe("completed");
  });

  it("may let it be, also by saying nothing", () => {
    for (const says of [true, false]) {
      const run = bothFailed();
      if (says) run.give({ type: "answer", address: "do/default/who", value: "skip" });
      else run.fire("waiting:do/default/who");
      run.ok("after");
      expect(run.status).toBe("completed");
    }
  });

  it("may stop the run, which says all that failed", () => {
    const run = bothFailed();
    run.give({ type: "answer", address: "do/default/who", value: "stop" });
    run.fail("do/default/again/stop/turn");
    expect(run.status).toBe("failed");
    expect(run.state.reason).toMatch(/ann broke.*bob broke.*it broke/);
  });

  it("are asked again after a crash, and once", () => {
    const run = bothFailed();
    run.crash();
    expect(run.events.filter(({ type }) => type === "ask.started")).toHaveLength(1);
    run.give({ type: "answer", address: "do/default/who", value: "skip" });
    expect(run.owed).toEqual(["perform after"]);
  });

  it("who approve let the last way end well, and who do not let it fail", () => {
    for (const yes of [true, false]) {
      const run = runOf(`
name: t
chain:
  - name: do
    switch:
      on_failure: next
      cases: {ann: {when: "true", steps: [{name: turn, run: x}]}}
      default: [{name: ok, approval: "Go on without? \${ do.tried[0].error.message }"}]
`);
      run.fail("do/ann/turn");
      run.give({ type: "answer", address: "do/default/ok", value: yes, by: "eve" });
      expect(run.status).toBe(yes ? "completed" : "failed");
    }
  });
});

describe("an agent that is out of order on a way", () => {
  const text = `
name: order
chain:
  - name: do
    switch:
      on_failure: next
      cases:
        ann: {when: "true", steps: [{name: turn, agent: ann, fallback_agents: [eve], prompt: plan}]}
        bob: {when: "true", steps: [{name: turn, agent: bob, prompt: plan}]}
`;
  const decided = (run: CoreRun): number => run.events.filter(({ type }) => type === "branch.decided").length;

  it("is stood in for by its own backup first; only when that fails the next way is taken", () => {
    const run = runOf(text);
    run.fail("do/ann/turn", { code: "AGENT_UNAVAILABLE", message: "it is not there" });
    run.fire("retrying:do/ann/turn");
    expect(run.work("do/ann/turn")).toMatchObject({ request: { agent: "eve" } });
    expect(decided(run)).toBe(1);
    run.fail("do/ann/turn");
    expect(run.work("do/bob/turn")).toMatchObject({ request: { agent: "bob" } });
  });

  it("is waited for while its quota is used up: that is no failure of its way", () => {
    const run = runOf(text);
    run.fail("do/ann/turn", { code: "QUOTA", class: "quota", message: "later", resetAt: run.now + 60_000 });
    expect(run.status).toBe("waiting");
    expect(decided(run)).toBe(1);
    for (const timer of ["quota:ann", "retrying:do/ann/turn"])
      if (run.dueAt(timer) !== undefined) run.fire(timer);
    run.ok("do/ann/turn");
    expect(run.status).toBe("completed");
  });
});

describe("a cap that was reached on a way", () => {
  const text = (around: string, inside: string): string => `
name: caps
chain:
  - name: do
    limits: ${around}
    switch:
      on_failure: next
      cases:
        ann:
          when: "true"
          steps: [{name: turn, agent: ann, prompt: plan, limits: ${inside}, retry: {max: 3, on: [failure], backoff: none}}]
        bob: {when: "true", steps: [{name: turn, agent: bob, prompt: plan}]}
`;
  const broken = { class: "failure" } as const;

  it("fails the way where it is one of a step on it, and the next is taken", () => {
    const run = runOf(text("{agents: 9}", "{agents: 1}"));
    run.fail("do/ann/turn", broken);
    run.fire("retrying:do/ann/turn");
    expect(run.node("do/ann").failure).toMatchObject({ code: "LIMIT_REACHED", capOf: "do/ann/turn" });
    expect(run.owed).toEqual(["perform do/bob/turn"]);
  });

  it("fails the whole where it is one around all of its ways", () => {
    const run = runOf(text("{agents: 1}", "{agents: 9}"));
    run.fail("do/ann/turn", broken);
    run.fire("retrying:do/ann/turn");
    expect(run.node("do").failure).toMatchObject({ code: "LIMIT_REACHED", capOf: "do" });
    expect(run.events.filter(({ type }) => type === "branch.decided")).toHaveLength(1);
    expect(run.status).toBe("failed");
  });
});

const impact = (strategy: string): string => `
name: impact
chain:
  - name: parts
    for_each: {items: [a, b], as: part, concurrency: 2}
    error_strategy: ${strategy}
    steps:
      - name: do
        switch:
          on_failure: next
          cases:
            ann: {when: "true", steps: [{name: turn, run: "ann \${{ part }}"}]}
            bob: {when: "true", steps: [{name: turn, run: "bob \${{ part }}"}]}
  - {name: sum, run: "sum \${{ parts.output }}"}
`;

describe("what it means that nobody could do a part", () => {
  it("is that the run ends degraded and names the part, where it goes on without it", () => {
    const run = runOf(impact("continue_on_failure"));
    run.fail("parts[0]/do/ann/turn");
    run.fail("parts[0]/do/bob/turn", { message: "nor bob" });
    run.ok("parts[1]/do/ann/turn");
    run.ok("sum");
    expect(run.status).toBe("degraded");
    expect(viewOf(run.state).missing).toMatchObject([
      {
        address: "parts[0]",
        kind: "failed",
        why: expect.stringMatching(/it broke.*nor bob/),
        instead: "the run went on without it",
      },
    ]);
    expect(run.state.reason).toContain("parts[0]");
  });

  it("is that the run fails, where it is critical", () => {
    const run = runOf(impact("stop"));
    run.fail("parts[0]/do/ann/turn");
    run.fail("parts[0]/do/bob/turn", { message: "nor bob" });
    run.ok("parts[1]/do/ann/turn");
    expect(run.status).toBe("failed");
    expect(run.state.reason).toContain("nor bob");
  });

  it("is that a way ends well without some of its steps, where that way tolerates it, and no other is taken", () => {
    const run = runOf(`
name: t
chain:
  - name: do
    switch:
      on_failure: next
      cases:
        ann:
          when: "true"
          error_strategy: continue_on_failure
          steps: [{name: extra, run: x}, {name: turn, run: y}]
        bob: {when: "true", steps: [{name: turn, run: z}]}
`);
    run.fail("do/ann/extra");
    run.ok("do/ann/turn");
    expect(run.status).toBe("degraded");
    expect(viewOf(run.state).missing).toMatchObject([{ address: "do/ann/extra", kind: "failed" }]);
  });

  it("is told of the branch, where its own failure is put up with", () => {
    const run = runOf(`
name: t
chain:
  - name: do
    error_strategy: continue_on_failure
    switch:
      on_failure: next
      cases:
        ann: {when: "true", steps: [{name: turn, run: x}]}
        bob: {when: "size(do.tried) > 0", steps: [{name: turn, run: y}]}
  - {name: after, run: "say \${{ do.status }} \${{ size(do.tried) }}"}
`);
    run.fail("do/ann/turn");
    run.fail("do/bob/turn", { message: "nor bob" });
    expect(run.work("after")).toMatchObject({
      request: { shell: { values: { TUTTI_V1: "failed", TUTTI_V2: "2" } } },
    });
    run.ok("after");
    expect(run.status).toBe("degraded");
    expect(viewOf(run.state).missing).toMatchObject([
      { address: "do", why: expect.stringMatching(/it broke.*nor bob/) },
    ]);
  });
});
