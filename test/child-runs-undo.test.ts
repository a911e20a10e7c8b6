import { expect, it } from "vitest";
import { asking, opened, parent, saying } from "./child-project.ts";

const undoing = asking.replace('inputs.word }"}', 'inputs.word }", undo: {function: say, with: taken back}}');
const before =
  'chain:\n  - {name: pre, function: say, with: pre, undo: {function: say, with: "pre taken back"}}';
const files = {
  "parent.yaml": parent.replace("chain:", before).replace("mode: child}", "mode: child, depends_on: [pre]}"),
  "child.yaml": undoing,
};

it("a cancel with the word to undo is one for the runs inside, which take back first what they did", async () => {
  const { said, functions } = saying();
  const { tutti, load } = await opened(files, { functions });
  const { id, status } = await (await tutti.start(await load())).done;
  expect(status).toBe("waiting");
  expect(said).toEqual(["pre", "hello"]);
  await tutti.control(id, { type: "cancel", undo: true });
  expect(said).toEqual(["pre", "hello", "taken back", "pre taken back"]);
  expect((await tutti.runs()).map((run) => run.status)).toEqual(["cancelled", "cancelled"]);
  expect((await tutti.audit()).findings).toEqual([]);
});

it("a cancel without it takes nothing back", async () => {
  const { said, functions } = saying();
  const { tutti, load } = await opened(files, { functions });
  const { id } = await (await tutti.start(await load())).done;
  await tutti.control(id, { type: "cancel" });
  expect(said).toEqual(["pre", "hello"]);
  expect((await tutti.runs()).map((run) => run.status)).toEqual(["cancelled", "cancelled"]);
});
