import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as tick } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { type Functions, opened, saying } from "./child-project.ts";

const before = `
name: child
description: of the first day
inputs: {word: {type: string}}
chain:
  - {name: first, function: say, with: "\${ inputs.word }", timeout: 6m}
  - {name: ok, approval: "Go on?", depends_on: [first]}
  - {name: last, function: say, with: "\${ first.output } there", depends_on: [ok]}
`;

const parent = `
name: parent
chain:
  - {name: sub, workflow: ./child.yaml, with: {word: hello}, mode: child}
  - {name: after, function: say, with: "\${ sub.output.last }"}
  - {name: gate, function: open, depends_on: [after]}
`;

/** A parent that failed behind its child, which was completed with an answer of a person. */
async function failedBehind(files: Record<string, string> = {}) {
  const { said, functions } = saying();
  let isOpen = false;
  const all: Functions = {
    ...functions,
    open: () => {
      if (!isOpen) throw new Error("not yet");
      return "open";
    },
  };
  const made = await opened({ "parent.yaml": parent, "child.yaml": before, ...files }, { functions: all });
  const { tutti, load, cwd } = made;
  const { id } = await (await tutti.start(await load())).done;
  await tutti.control(`${id}.1`, { type: "answer", address: "ok", value: true, by: "ann" });
  expect((await tutti.show(id)).status).toBe("failed");
  expect((await tutti.show(`${id}.1`)).status).toBe("completed");
  said.length = 0;
  isOpen = true;
  /** Goes on with another text of a file. */
  const update = async (text: string, name = "child.yaml") => {
    writeFileSync(join(cwd, name), text);
    const end = await (await tutti.resume(id, { update: await load() })).done;
    return { ...end, lives: await livesOf(`${id}.1`) };
  };
  const livesOf = async (runId: string) =>
    (await tutti.events(runId)).filter(({ type }) => type === "run.restarted").length;
  return { ...made, id, said, update };
}

describe("a run inside another that was completed, and whose file is another one now", () => {
  it("goes on with what the change really changes; nobody is asked again", async () => {
    const { tutti, id, said, update } = await failedBehind();
    const { status, view } = await update(before.replace("} there", "} here"));
    expect(status).toBe("completed");
    expect(said).toEqual(["hello here", "hello here"]);
    expect((await tutti.runs()).map(({ runId }) => runId).toSorted()).toEqual([id, `${id}.1`]);
    expect(view.nodes[0]).toMatchObject({ child: { id: `${id}.1` }, output: { last: "hello here" } });
    expect((await tutti.show(`${id}.1`)).status).toBe("completed");
    expect((await tutti.audit()).findings).toEqual([]);
  });

  it("does nothing again for words, times and retries, and neither does its step", async () => {
    const { tutti, said, update } = await failedBehind();
    const text = before
      .replace("first day", "second day")
      .replace("6m", "5m, retry: 2")
      .replace("name: child", "name: child\nlimits: {cost: 3}");
    const { status, view, lives } = await update(text);
    expect([status, lives, said]).toEqual(["completed", 0, []]);
    expect(view.nodes[0]?.reused).toBe(true);
    expect(await tutti.runs()).toHaveLength(2);
  });

  it("asks for what is asked otherwise, and the run around it waits for that", async () => {
    const { tutti, id, said, update } = await failedBehind();
    const { status } = await update(before.replace("Go on?", "Really?"));
    expect(status).toBe("waiting");
    expect(await tutti.asks()).toMatchObject([{ runId: `${id}.1`, text: "Really?" }]);
    await tutti.control(`${id}.1`, { type: "answer", address: "ok", value: true, by: "ann" });
    expect((await tutti.show(id)).status).toBe("completed");
    expect(said).toEqual([]);
  });

  it("goes on for other inputs, too", async () => {
    const { id, tutti, said, update } = await failedBehind();
    const { status } = await update(parent.replace("hello", "bye"), "parent.yaml");
    expect(status).toBe("completed");
    expect(said).toEqual(["bye", "bye there", "bye there"]);
    expect((await tutti.show(`${id}.1`)).inputs).toEqual({ word: "bye" });
    expect(await tutti.runs()).toHaveLength(2);
  });

  it("goes on wherever it lies in the run around it", async () => {
    const inner = "{name: sub, workflow: ./child.yaml, with: {word: hello}, mode: child}";
    const text = `
name: parent
chain:
  - name: all
    for_each: {items: ["hello"], as: word, key: word}
    steps: [${inner}]
  - {name: gate, function: open, depends_on: [all]}
`;
    const { tutti, said, update } = await failedBehind({ "parent.yaml": text });
    const { status } = await update(before.replace("} there", "} here"));
    expect([status, said]).toEqual(["completed", ["hello here"]]);
    expect(await tutti.runs()).toHaveLength(2);
  });

  it("is not taken for what it was before when the run around it is cancelled at once", async () => {
    const { tutti, id, said, load, cwd } = await failedBehind();
    writeFileSync(join(cwd, "child.yaml"), before.replace("} there", "} here"));
    const handle = await tutti.resume(id, { update: await load() });
    handle.cancel("no");
    expect((await handle.done).status).toBe("cancelled");
    const { status } = await (await tutti.resume(id)).done;
    expect([status, said]).toEqual(["completed", ["hello here", "hello here"]]);
  });

  it("passes the change on to the runs inside it", async () => {
    const middle = `
name: middle
chain:
  - {name: before, function: say, with: middle}
  - {name: sub, workflow: ./inner.yaml, mode: child}
  - {name: ok, approval: "Go on?", depends_on: [sub, before]}
`;
    const inner =
      "name: inner\nchain: [{name: a, function: say, with: a}, {name: b, function: say, with: b}]\n";
    const text = parent.replace("with: {word: hello}, ", "").replace("sub.output.last", "sub.output.ok");
    const made = await failedBehind({ "parent.yaml": text, "child.yaml": middle, "inner.yaml": inner });
    const { status } = await made.update(inner.replace("with: b", "with: c"), "inner.yaml");
    expect([status, made.said]).toEqual(["completed", ["c"]]);
    expect(await made.tutti.runs()).toHaveLength(3);
  });
});

it("a run inside another that goes on has what is left of the time of the run around it, beside what it has used", async () => {
  let slept = 0;
  const clock = {
    now: () => Date.now() + slept,
    at: (dueAt: number, fire: () => void) => {
      const timer = setTimeout(fire, Math.max(0, dueAt - clock.now()));
      return () => clearTimeout(timer);
    },
  };
  const nap = async (): Promise<null> => {
    slept += 30_000;
    // a timer that is due fires before it ends
    await tick(10);
    return null;
  };
  const child = (last: number) => `
name: child
chain:
  - {name: first, function: nap, with: 1}
  - {name: second, function: nap, with: 2}
  - {name: last, function: nap, with: ${last}}
`;
  const files = {
    "parent.yaml": `
name: parent
limits: {time: 150s}
chain:
  - {name: sub, workflow: ./child.yaml, mode: child}
  - {name: end, run: "test -e fixed", depends_on: [sub]}
`,
    "child.yaml": child(3),
  };
  const { tutti, load, cwd } = await opened(files, { functions: { nap }, clock });
  const { id, status } = await (await tutti.start(await load())).done;
  expect([status, slept]).toEqual(["failed", 90_000]);
  writeFileSync(join(cwd, "fixed"), "");
  writeFileSync(join(cwd, "child.yaml"), child(4));
  const again = await (await tutti.resume(id, { update: await load() })).done;
  expect([again.status, again.view.reason, slept]).toEqual(["completed", undefined, 120_000]);
});

describe("a run inside another that a gate of its step refused", () => {
  const files = {
    "parent.yaml": `
name: parent
chain:
  - name: sub
    workflow: ./child.yaml
    with: {word: hello}
    mode: child
    gates: [{run: "test -e fixed"}]
`,
    "child.yaml": before.replace('name: ok, approval: "Go on?"', "name: ok, function: say"),
  };

  it("is looked at again when the run around it is resumed, and done anew with --from", async () => {
    const { said, functions } = saying();
    const { tutti, load, cwd } = await opened(files, { functions });
    const { id, status } = await (await tutti.start(await load())).done;
    expect(status).toBe("failed");
    said.length = 0;
    writeFileSync(join(cwd, "fixed"), "");
    expect((await (await tutti.resume(id)).done).status).toBe("completed");
    expect(said).toEqual([]);
    expect(await tutti.runs()).toHaveLength(2);
    await (
      await tutti.resume(id, { from: "sub" })
    ).done;
    expect(said).toHaveLength(3);
    expect(await tutti.runs()).toHaveLength(3);
  });
});
