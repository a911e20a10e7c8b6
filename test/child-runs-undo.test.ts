import { expect, it } from "vitest";
import { asking, opened, parent, saying } from "./child-project.ts";

const undoing = asking.replace('inputs.word }"}', 'inputs.word }", undo: {function: say, with: taken back}}');
const before =
  'chain:\n  - {name: pre, function: say, with: pre, undo: {function: say, with: "pre taken back"}}';
const files = {
  "parent.yaml": parent.replace("chain:", before).replace("mode: child}", "mode: child, depends_on: [pre]}"),
  "child.yaml": undoing,
};

/** A run of these files as far as it goes by itself, and what its steps said; the function `fail` fails until `repair`. */
async function started(given: Record<string, string>) {
  const { said, functions } = saying();
  let fails = true;
  const fail = (): string => {
    if (fails) throw new Error("it broke");
    return "well";
  };
  const repair = (): void => {
    fails = false;
  };
  const { tutti, load } = await opened(given, { functions: { ...functions, fail } });
  const { id, status } = await (await tutti.start(await load())).done;
  return { tutti, load, said, id, status, repair };
}

it("a cancel with the word to undo is one for the runs inside, which take back first what they did", async () => {
  const { tutti, said, id, status } = await started(files);
  expect(status).toBe("waiting");
  expect(said).toEqual(["pre", "hello"]);
  await tutti.control(id, { type: "cancel", undo: true });
  expect(said).toEqual(["pre", "hello", "taken back", "pre taken back"]);
  expect((await tutti.runs()).map((run) => run.status)).toEqual(["cancelled", "cancelled"]);
  expect((await tutti.audit()).findings).toEqual([]);
});

const failing = `
name: parent
chain:
  steps:
    - {name: pre, function: say, with: pre, undo: {function: say, with: "pre taken back"}}
    - {name: sub, workflow: ./child.yaml, with: {word: hello}, mode: child, depends_on: [pre]}
    - {name: last, function: say, with: last, undo: {function: say, with: "last taken back"}, depends_on: [sub]}
    - {name: bad, function: fail, depends_on: [last]}
`;
const quick = undoing.replace(', approval: "Go on?"', ", function: say, with: ok");

it("a run that fails takes back what the runs inside it have finished, in its turn, and begins another when it goes on", async () => {
  const { tutti, said, id, status, repair } = await started({ "parent.yaml": failing, "child.yaml": quick });
  expect(status).toBe("failed");
  expect(said).toEqual([
    "pre",
    "hello",
    "ok",
    "yes",
    "last",
    "last taken back",
    "taken back",
    "pre taken back",
  ]);
  const ends = async () => Promise.all([id, `${id}.1`].map(async (one) => (await tutti.show(one)).status));
  expect(await ends()).toEqual(["failed", "cancelled"]);
  expect((await tutti.show(id)).reason).not.toContain("not undone");
  expect((await tutti.show(`${id}.1`)).reason).toBe(`run ${id} is undone`);
  repair();
  expect((await (await tutti.resume(id)).done).status).toBe("completed");
  expect(await ends()).toEqual(["completed", "cancelled"]);
  expect((await tutti.show(`${id}.2`)).status).toBe("completed");
  expect((await tutti.audit()).findings).toEqual([]);
});

it("a run inside that took back what it did goes on when the run around it does, and does no more again than that", async () => {
  const inside = `
name: child
chain:
  - {name: paid, function: say, with: paid}
  - {name: made, function: say, with: made, undo: {function: say, with: taken back}}
  - {name: told, function: say, with: "\${ made.output } too"}
`;
  const around =
    "name: p\nchain: [{name: sub, workflow: ./child.yaml, mode: child}, {name: bad, function: fail}]";
  const { tutti, said, id, status, repair } = await started({ "parent.yaml": around, "child.yaml": inside });
  expect([status, said]).toEqual(["failed", ["paid", "made", "made too", "taken back"]]);
  said.length = 0;
  repair();
  expect((await (await tutti.resume(id)).done).status).toBe("completed");
  expect(said).toEqual(["made", "made too"]);
  expect((await tutti.runs()).map((run) => [run.runId, run.status])).toEqual(
    expect.arrayContaining([
      [id, "completed"],
      [`${id}.1`, "completed"],
    ]),
  );
  expect(await tutti.runs()).toHaveLength(2);
  expect((await tutti.audit()).findings).toEqual([]);
});

it("a run that fails takes back what a run inside it had done that waited then", async () => {
  const beside = failing
    .replace("steps:", "parallel_where_possible: true\n  steps:")
    .replace(", depends_on: [sub]}", ", depends_on: [pre, held]}")
    .replace("    - {name: last", "    - {name: held, wait: {signal: go}}\n    - {name: last");
  const { tutti, said, id, status } = await started({ "parent.yaml": beside, "child.yaml": undoing });
  expect(status).toBe("waiting");
  await tutti.control(id, { type: "signal", name: "go", payload: null });
  expect(said).toEqual(["pre", "hello", "last", "taken back", "last taken back", "pre taken back"]);
  expect((await tutti.show(id)).status).toBe("failed");
  expect((await tutti.show(`${id}.1`)).reason).toBe(`run ${id} is undone`);
  expect((await tutti.audit()).findings).toEqual([]);
});

it("a run that fails names a run inside it that did not take back all", async () => {
  const child = quick.replace("{function: say, with: taken back}", "{function: fail}");
  const { tutti, said, id, status } = await started({ "parent.yaml": failing, "child.yaml": child });
  expect(status).toBe("failed");
  expect(said.at(-1)).toBe("pre taken back");
  expect((await tutti.show(id)).reason).toContain('not undone: "sub"');
  expect((await tutti.show(`${id}.1`)).reason).toBe(`run ${id} is undone; not undone: "first"`);
});

it("a run inside another that has an undo of its own takes back all by that, and not step by step", async () => {
  const child = quick.replace("name: child", "name: child\nundo: {function: say, with: all taken back}");
  const { tutti, load, said, id } = await started({ "parent.yaml": failing, "child.yaml": child });
  expect(said.slice(-3)).toEqual(["last taken back", "all taken back", "pre taken back"]);
  expect((await tutti.show(`${id}.1`)).nodes.map(({ address, undo }) => [address, undo])).toEqual([
    ["first", undefined],
    ["ok", undefined],
    ["last", undefined],
    ["~undo", undefined],
  ]);
  expect((await tutti.plan((await load()).workflow)).undoable).toEqual(["pre", "sub", "last"]);
  expect((await tutti.audit()).findings).toEqual([]);
});

it("a cancel without it takes nothing back", async () => {
  const { tutti, said, id } = await started(files);
  await tutti.control(id, { type: "cancel" });
  expect(said).toEqual(["pre", "hello"]);
  expect((await tutti.runs()).map((run) => run.status)).toEqual(["cancelled", "cancelled"]);
});
