import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../expression/json.ts";
import { beginning, CoreRun, workflowOf } from "../../testing/core-run.ts";
import type { RequestGrants } from "../effects.ts";
import { explain } from "../why.ts";
import { viewOf } from "../view.ts";

const deferred = { id: "t1", tool: "Bash", input: { command: "npm publish" }, kept: { totalUsd: 1 } };
const failure = { code: "AGENT_DENIED", class: "failure", message: "it stopped before Bash" } as const;

function asking(permissions: string | JsonObject = "ask", rest: JsonObject = {}): CoreRun {
  const step = { name: "a", prompt: "publish it", agent: "one", permissions, ...rest };
  return new CoreRun(workflowOf({ name: "test", chain: [step, { name: "b", run: "true" }] }));
}

function stop(run: CoreRun, call = deferred) {
  return run.fail("a", failure, { deferred: call });
}

function answer(run: CoreRun, value: boolean, { by = "ann", reason }: { by?: string; reason?: string } = {}) {
  return run.give({ type: "answer", address: "a", value, by, ...(reason === undefined ? {} : { reason }) });
}

function grants(run: CoreRun): RequestGrants {
  const work = run.work("a");
  return work.type === "perform" && work.request.kind === "agent" ? work.request : {};
}

describe("an agent that stops before a call that nothing allows", () => {
  it("is asked to do its task with the word that people can be asked", () => {
    expect(grants(asking()).permissions).toBe("ask");
    expect(grants(asking("deny")).permissions).toBe("deny");
  });

  it("waits without holding anything until people have decided, and goes on in its session with what they said", () => {
    const run = asking("ask", { locks: ["lock"] });
    const { id } = run.work("a");
    stop(run);
    expect(run.status).toBe("waiting");
    expect(run.owed).toEqual([]);
    expect(run.state.inUse.get("lock")).toBe(0);
    expect(run.node("a").ask?.text).toBe('May the agent "one" use Bash with {"command":"npm publish"}?');
    answer(run, true, { reason: "go ahead" });
    run.fire("retrying:a");
    const decided = { id: "t1", allow: true, note: "go ahead", kept: { totalUsd: 1 }, effect: id };
    expect(grants(run).decided).toEqual(decided);
    expect(run.state.inUse.get("lock")).toBe(1);
    run.ok("a", { output: "published" });
    run.ok("b");
    expect(run.ends).toEqual({ a: "claimed", b: "verified" });
    expect(run.node("a").retries).toBe(0);
  });

  it("is told who said no, and why, and goes on without the call", () => {
    const run = asking();
    stop(run);
    answer(run, false, { reason: "not today" });
    run.fire("retrying:a");
    expect(grants(run).decided).toMatchObject({ allow: false, note: "ann said no: not today" });
  });

  it("may ask again, each time about another call, and stays in the session that it began", () => {
    const run = asking();
    const { id } = run.work("a");
    for (const call of ["t1", "t2"]) {
      stop(run, { ...deferred, id: call });
      answer(run, true);
      run.fire("retrying:a");
      expect(grants(run).decided).toMatchObject({ id: call, effect: id });
    }
    expect(run.node("a").attempt).toBe(3);
  });

  it("asks the people that are named, as many as have to", () => {
    const run = asking({ by: ["ann", "bob"], quorum: 2 });
    stop(run);
    expect(explain(run.state).slice(0, 1)).toMatchObject([
      { waitsFor: expect.stringContaining("approval by ann or bob (0 of 2 so far)") as string },
    ]);
    answer(run, true);
    expect(answer(run, true, { by: "eve" })).toMatchObject([{ type: "effect.dropped" }]);
    expect(run.status).toBe("waiting");
    answer(run, true, { by: "bob" });
    run.fire("retrying:a");
    expect(grants(run).decided).toMatchObject({ allow: true });
  });

  it("fails at its deadline when nothing is declared for it", () => {
    const run = asking({ deadline: "1h" });
    stop(run);
    expect(run.dueAt("waiting:a")).toBe(beginning + 3_600_000);
    run.fire("waiting:a");
    expect(run.ends["a"]).toBe("failed");
    expect(run.node("a").failure).toMatchObject({ code: "TIMEOUT" });
  });

  it("goes on as is declared for its deadline", () => {
    const run = asking({ deadline: "1h", otherwise: "reject" });
    stop(run);
    run.fire("waiting:a");
    run.fire("retrying:a");
    const note = "nobody approved it before the deadline";
    expect(grants(run).decided).toMatchObject({ allow: false, note });
  });

  it("escalates level by level, and lives on when the process dies at any time", () => {
    const run = asking({ escalate: [{ after: "5m", notify: { webhook: "http://x/${ run.id }" } }] });
    stop(run);
    const told = expect.objectContaining({
      type: "ask.escalated",
      level: 1,
      notify: { webhook: "http://x/r1" },
    });
    expect(run.fire("escalate:a")).toContainEqual(told);
    run.crash();
    answer(run, true);
    run.crash();
    run.fire("retrying:a");
    run.crash();
    expect(grants(run).decided).toMatchObject({ id: "t1", allow: true });
  });

  it("asks after a crash that came before the question was written down", () => {
    const run = asking();
    stop(run);
    run.crash(run.events.findIndex(({ type }) => type === "ask.started"));
    expect(run.node("a").ask?.text).toContain("May the agent");
  });

  it("goes on after a crash that came between the answer and what follows from it", () => {
    const run = asking();
    stop(run);
    answer(run, true);
    run.crash(run.events.findIndex(({ type }) => type === "ask.answered") + 1);
    run.fire("retrying:a");
    expect(grants(run).decided).toMatchObject({ allow: true });
  });

  it("is cancelled with its run, and asks nobody in one that is being cancelled", () => {
    const run = asking();
    stop(run);
    run.give({ type: "cancel" });
    expect(run.status).toBe("cancelled");
    const other = asking();
    other.give({ type: "cancel" });
    stop(other);
    expect(other.node("a").ask).toBeUndefined();
  });

  it("fails like one whose call was denied where nobody is to be asked", () => {
    const run = asking("deny");
    stop(run);
    expect(run.ends["a"]).toBe("failed");
    expect(run.node("a").failure).toMatchObject({ code: "AGENT_DENIED" });
  });

  it("has its result used again, whatever people decided about its calls", () => {
    const run = asking();
    stop(run);
    answer(run, true);
    run.fire("retrying:a");
    run.ok("a");
    run.fail("b");
    run.give({ type: "restart" });
    expect(run.ends).toMatchObject({ a: "claimed", b: "running" });
    expect(run.state.ledger.reused).toBe(1);
  });

  it("has changed what all of its attempts did, but not what was done before it began anew", () => {
    const run = asking("ask", { retry: { max: 2, on: ["transient"], backoff: "none" } });
    run.fail("a", failure, { deferred, changedFiles: ["b", "x"] });
    answer(run, true);
    run.fire("retrying:a");
    run.fail("a", failure, { deferred, changedFiles: ["a"] });
    answer(run, true);
    run.fire("retrying:a");
    run.fail("a", { class: "transient" }, { changedFiles: ["b", "c"] });
    expect(run.node("a").outcome?.changedFiles).toEqual(["a", "b", "c", "x"]);
    run.fire("retrying:a");
    run.ok("a", { changedFiles: ["d"] });
    expect(run.node("a").outcome?.changedFiles).toEqual(["d"]);
  });

  it("shows what it asks, with the line that answers", () => {
    const run = asking();
    stop(run, { ...deferred, input: { command: "x".repeat(3000) } });
    const [node] = viewOf(run.state).nodes;
    expect(node?.ask).toMatchObject({ kind: "approval", line: "tutti approve r1 a" });
    expect(node?.ask?.text.length).toBeLessThan(2200);
  });
});
