import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { asking, child, type Functions, opened, parent, saying } from "./child-project.ts";

describe("a step that is a run of its own", () => {
  it("has the output of that run, which is a run as any other", async () => {
    const { said, functions } = saying();
    const { tutti, load } = await opened({ "parent.yaml": parent, "child.yaml": child }, { functions });
    const { view, status } = await (await tutti.start(await load())).done;
    expect(status).toBe("completed");
    expect(said).toEqual(["hello", "hello there", "hello there"]);
    const id = `${view.id}.1`;
    expect(view.nodes[0]).toMatchObject({ output: { first: "hello", last: "hello there" }, child: { id } });
    const other = await tutti.show(id);
    expect(other).toMatchObject({ name: "child", status: "completed", inputs: { word: "hello" } });
    expect((await tutti.audit()).findings).toEqual([]);
  });

  it("fails as that run does, and goes on with it where it stopped", async () => {
    const { said, functions } = saying();
    let isOpen = false;
    const flaky: Functions = {
      ...functions,
      flaky: () => {
        if (!isOpen) throw new Error("not yet");
        return "now";
      },
    };
    const broken = child.replace("name: last, function: say", "name: last, function: flaky");
    const { tutti, load } = await opened(
      { "parent.yaml": parent, "child.yaml": broken },
      { functions: flaky },
    );
    const first = await (await tutti.start(await load())).done;
    expect(first.status).toBe("failed");
    const failure = first.view.nodes[0]?.failure;
    expect(failure).toMatchObject({ code: "CHILD_FAILED", class: "failure" });
    expect(failure?.message).toContain(`${first.id}.1`);
    expect(failure?.message).toContain("not yet");
    isOpen = true;
    const second = await (await tutti.resume(first.id)).done;
    expect(second.status).toBe("completed");
    expect(said).toEqual(["hello", "now"]);
    expect((await tutti.runs()).map((run) => run.runId).toSorted()).toEqual([first.id, `${first.id}.1`]);
    const fresh = await (await tutti.resume(first.id, { from: "sub" })).done;
    expect(fresh.status).toBe("completed");
    expect(said).toEqual(["hello", "now", "hello", "now"]);
    expect(await tutti.runs()).toHaveLength(3);
  });

  it("is tried again with the steps that it has", async () => {
    const { said, functions } = saying();
    let calls = 0;
    const flaky: Functions = {
      ...functions,
      flaky: () => {
        calls += 1;
        if (calls < 3) throw new Error("not yet");
        return "now";
      },
    };
    const files = {
      "parent.yaml": parent.replace(
        "mode: child}",
        "mode: child, retry: {max: 3, on: [failure], backoff: none}}",
      ),
      "child.yaml": child.replace("name: last, function: say", "name: last, function: flaky"),
    };
    const { tutti, load } = await opened(files, { functions: flaky });
    const { status, view } = await (await tutti.start(await load())).done;
    expect(status).toBe("completed");
    expect(view.nodes[0]?.attempt).toBe(3);
    expect(said).toEqual(["hello", "now"]);
    expect(await tutti.runs()).toHaveLength(2);
  });
});

describe("a run that waits for people inside another", () => {
  it("lets the other wait, and whoever answers it lets both go on", async () => {
    const { said, functions } = saying();
    const { tutti, load, open } = await opened(
      { "parent.yaml": parent, "child.yaml": asking },
      { functions },
    );
    const { id, status, view } = await (await tutti.start(await load())).done;
    expect(status).toBe("waiting");
    expect(view.reason).toBe(`run ${id}.1, which waits for an answer to "ok"`);
    const asks = await tutti.asks(id);
    expect(asks).toMatchObject([{ runId: `${id}.1`, address: "ok" }]);
    expect((await tutti.why(id)).map((reason) => reason.waitsFor).join("\n")).toContain("Go on?");
    await tutti.close();
    const other = await open();
    await other.control(`${id}.1`, { type: "answer", address: "ok", value: true, by: "ada" });
    expect((await other.show(`${id}.1`)).status).toBe("completed");
    expect((await other.show(id)).status).toBe("completed");
    expect(said).toEqual(["hello", "yes", "yes"]);
  });

  it("is cancelled with it", async () => {
    const { functions } = saying();
    const { tutti, load } = await opened({ "parent.yaml": parent, "child.yaml": asking }, { functions });
    const { id } = await (await tutti.start(await load())).done;
    await tutti.control(id, { type: "cancel" });
    expect((await tutti.show(id)).status).toBe("cancelled");
    expect((await tutti.show(`${id}.1`)).status).toBe("cancelled");
  });

  it("is given up when its block stops, and when others are enough", async () => {
    const { functions } = saying();
    const race = `
name: parent
chain:
  - name: race
    parallel: any
    steps:
      - {name: sub, workflow: ./child.yaml, with: {word: hello}, mode: child}
      - {name: ok, approval: "Others?"}
`;
    const { tutti, load } = await opened({ "parent.yaml": race, "child.yaml": asking }, { functions });
    const { id, status } = await (await tutti.start(await load())).done;
    expect(status).toBe("waiting");
    await tutti.control(id, { type: "answer", address: "race/ok", value: true, by: "ada" });
    expect((await tutti.show(id)).status).toBe("completed");
    expect((await tutti.show(`${id}.1`)).status).toBe("cancelled");
    await expect(tutti.resume(`${id}.1`)).rejects.toMatchObject({
      code: "RUN_STATE",
      message: `Cannot resume run "${id}.1": it does "race/sub" of run ${id}, which has lost its race`,
      fix: expect.stringContaining(`tutti resume ${id} --from race`) as string,
    });
  });
});

describe("runs inside runs inside runs", () => {
  const files = {
    "parent.yaml": "name: parent\nchain: [{name: sub, workflow: ./middle.yaml, mode: child}]\n",
    "middle.yaml":
      "name: middle\nchain: [{name: sub, workflow: ./child.yaml, mode: child, with: {word: hi}}]\n",
    "child.yaml": asking,
  };

  it("wait for each other, and an answer to the innermost lets all go on", async () => {
    const { functions } = saying();
    const { tutti, load, open } = await opened(files, { functions });
    const { id, status } = await (await tutti.start(await load())).done;
    expect(status).toBe("waiting");
    expect(await tutti.asks(id)).toMatchObject([{ runId: `${id}.1.1` }]);
    expect((await tutti.why(id)).at(-1)?.fix).toBe(`tutti approve ${id}.1.1 ok`);
    expect((await tutti.find("@last")).runId).toBe(id);
    expect((await tutti.find(id.slice(0, -1))).runId).toBe(id);
    await tutti.close();
    const other = await open();
    await other.control(`${id}.1.1`, { type: "answer", address: "ok", value: true, by: "ada" });
    const all = await other.runs();
    expect(all.map((run) => run.status)).toEqual(["completed", "completed", "completed"]);
  });

  it("are found by one that takes the outermost up, whatever became of them meanwhile", async () => {
    const { functions } = saying();
    const { tutti, load } = await opened(files, { functions });
    const { id } = await (await tutti.start(await load())).done;
    await tutti.control(`${id}.1.1`, { type: "cancel" });
    const { status, nodes } = await tutti.show(id);
    expect(status).toBe("cancelled");
    expect(nodes[0]?.failure?.message).toContain("was cancelled");
  });
});

describe("a changed workflow", () => {
  it("changes the run inside where it is taken up", async () => {
    const { said, functions } = saying();
    const broken = child.replace("name: last, function: say", "name: last, function: wrong");
    const wrong = { ...functions, wrong: () => Promise.reject(new Error("wrong")) };
    const { tutti, load, cwd } = await opened(
      { "parent.yaml": parent, "child.yaml": broken },
      { functions: wrong },
    );
    const first = await (await tutti.start(await load())).done;
    expect(first.status).toBe("failed");
    writeFileSync(join(cwd, "child.yaml"), child);
    const again = await (await tutti.resume(first.id, { update: await load() })).done;
    expect(again.status).toBe("completed");
    expect(said).toEqual(["hello", "hello there", "hello there"]);
    expect(await tutti.runs()).toHaveLength(2);
  });

  it("lets a degraded one degrade the run around it", async () => {
    const { functions } = saying();
    const weak = child.replace(
      "name: last, function: say",
      "name: last, function: wrong, error_strategy: continue_on_failure",
    );
    const wrong = { ...functions, wrong: () => Promise.reject(new Error("wrong")) };
    const { tutti, load } = await opened({ "parent.yaml": parent, "child.yaml": weak }, { functions: wrong });
    const { status, view } = await (await tutti.start(await load())).done;
    expect(status).toBe("degraded");
    expect(view.nodes[0]?.reason).toContain("is degraded");
  });
});

it("a run that is kept nowhere keeps those inside it nowhere, too", async () => {
  const { functions, said } = saying();
  const files = { "parent.yaml": `save_state: false\n${parent}`, "child.yaml": child };
  const { tutti, load } = await opened(files, { functions });
  const { status } = await (await tutti.start(await load())).done;
  expect(status).toBe("completed");
  expect(said).toHaveLength(3);
  expect(await tutti.runs()).toEqual([]);
});

it("the output of a run inside another has the shape that its step declares", async () => {
  const { functions } = saying();
  const shaped = parent.replace("mode: child}", "mode: child, output: {type: object, required: [none]}}");
  const { tutti, load } = await opened({ "parent.yaml": shaped, "child.yaml": child }, { functions });
  const { view } = await (await tutti.start(await load())).done;
  expect(view.nodes[0]?.failure?.code).toBe("OUTPUT_SHAPE");
});

it("what a run inside another waits for in time is waited for by the run around it", async () => {
  const { functions, said } = saying();
  const timed = child
    .replace(
      "  - {name: last, function: say",
      "  - {name: nap, wait: 1s, depends_on: [first]}\n  - {name: last, function: say",
    )
    .replace("depends_on: [first]}\n", "depends_on: [first]}\n");
  const { tutti, load } = await opened({ "parent.yaml": parent, "child.yaml": timed }, { functions });
  const { id, status } = await (await tutti.start(await load(), { stayMs: 0 })).done;
  expect(status).toBe("waiting");
  const { view, ...end } = await (await tutti.resume(id)).done;
  expect(end.status).toBe("completed");
  expect(view.nodes[0]?.output).toMatchObject({ nap: null });
  expect(said).toHaveLength(3);
});

it("a run inside another whose step is done anew by another run is ended, and nobody is asked for it any more", async () => {
  const { said, functions } = saying();
  const { tutti, load } = await opened({ "parent.yaml": parent, "child.yaml": asking }, { functions });
  const { id } = await (await tutti.start(await load())).done;
  expect((await tutti.asks()).map((one) => one.runId)).toEqual([`${id}.1`]);
  await (
    await tutti.resume(id, { from: "sub" })
  ).done;
  expect((await tutti.show(`${id}.1`)).status).toBe("cancelled");
  expect((await tutti.asks()).map((one) => one.runId)).toEqual([`${id}.2`]);
  await tutti.control(`${id}.2`, { type: "answer", address: "ok", value: true, by: "ann" });
  expect((await tutti.show(id)).status).toBe("completed");
  const dropped = (await tutti.events(id)).flatMap((event) =>
    event.type === "effect.dropped" ? event.effect : [],
  );
  expect(dropped).not.toContain(`child ${id}.1`);
  expect(said).toEqual(["hello", "hello", "yes", "yes"]);
  expect((await tutti.audit()).findings).toEqual([]);
});

it("a run inside another whose step is taken out of the file is ended, and nobody is asked for it any more", async () => {
  const { functions } = saying();
  const beside = parent.replace("chain:", "chain:\n  - {name: other, function: say, with: x}");
  const { tutti, load, cwd } = await opened({ "parent.yaml": beside, "child.yaml": asking }, { functions });
  const { id } = await (await tutti.start(await load())).done;
  expect(await tutti.asks()).toHaveLength(1);
  writeFileSync(join(cwd, "parent.yaml"), "name: parent\nchain: [{name: other, function: say, with: x}]\n");
  const { status } = await (await tutti.resume(id, { update: await load() })).done;
  expect(status).toBe("completed");
  expect((await tutti.show(`${id}.1`)).status).toBe("cancelled");
  expect(await tutti.asks()).toEqual([]);
  expect((await tutti.audit()).findings).toEqual([]);
});

it("a run inside another is taken along when a restart does not concern its step", async () => {
  const { functions } = saying();
  const beside = parent.replace("chain:", "chain:\n  - {name: other, function: say, with: x}");
  const { tutti, load } = await opened({ "parent.yaml": beside, "child.yaml": asking }, { functions });
  const { id } = await (await tutti.start(await load())).done;
  await (await tutti.resume(id, { from: "after" })).done.catch(() => {});
  await (
    await tutti.resume(id)
  ).done;
  expect((await tutti.asks()).map((one) => one.runId)).toEqual([`${id}.1`]);
  expect((await tutti.show(`${id}.1`)).status).toBe("waiting");
});
