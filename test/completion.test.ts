import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openTutti } from "../src/engine.ts";
import { temporaryFolder } from "../src/testing/testbed.ts";

/** A project with the commands `/a`, `/b` and `/c`, and a step `bad` that fails until it is told otherwise. */
async function project() {
  const cwd = temporaryFolder();
  const folder = join(cwd, ".claude/commands");
  mkdirSync(folder, { recursive: true });
  for (const name of ["a", "b", "c"]) writeFileSync(join(folder, `${name}.md`), `Do ${name}.\n`);
  mkdirSync(join(cwd, ".git"));
  let isBroken = true;
  const functions = {
    fail: () => {
      if (isBroken) throw new Error("it broke");
      return "well";
    },
    back: () => "back",
  };
  const troubles: string[] = [];
  const onTrouble = (error: Error): void => void troubles.push(error.message);
  const tutti = await openTutti({ cwd, home: join(cwd, ".tutti"), functions, onTrouble });
  onTestFinished(() => tutti.close());
  const run = async (value: object) =>
    (await tutti.start(await tutti.load({ kind: "object", value }), { overrides: { agent: "mock" } })).done;
  const completed = async () => {
    const markers = await Promise.all(["a", "b", "c"].map((name) => tutti.commands.completed(name)));
    return markers.flatMap((marker) => (marker ? [marker.command] : []));
  };
  return { cwd, tutti, run, completed, troubles, mend: () => void (isBroken = false) };
}

const bad = { name: "bad", function: "fail" };
const undo = { function: "back" };

describe("a command whose step is undone", () => {
  it("is not completed any more, until it is done again", async () => {
    const { tutti, run, completed, mend } = await project();
    const steps = [{ name: "one", command: "/a", undo }, { name: "two", command: "/b" }, bad];
    const { id, status } = await run({ name: "w", chain: steps });
    expect(status).toBe("failed");
    expect(await completed()).toEqual(["b"]);
    mend();
    await (
      await tutti.resume(id)
    ).done;
    expect(await completed()).toEqual(["a", "b"]);
  });

  it("is not completed any more when its run went back to before it, until it goes forward or does it again", async () => {
    const { tutti, run, completed } = await project();
    const steps = [
      { name: "one", command: "/a" },
      { name: "two", command: "/b" },
    ];
    const { id } = await run({ name: "w", workspace: "none", chain: steps });
    await run({ name: "other", workspace: "none", chain: [{ name: "two", command: "/c" }] });
    await tutti.rollback(id, { point: { to: "one" }, rewinds: true });
    expect(await completed()).toEqual(["a", "c"]);
    await tutti.rollback(id, { point: { to: "two" }, rewinds: true });
    expect(await completed()).toEqual(["a", "b", "c"]);
    await tutti.rollback(id, { point: { to: "one" }, rewinds: true });
    await (
      await tutti.resume(id)
    ).done;
    expect(await completed()).toEqual(["a", "b", "c"]);
  });

  it("stays completed when another run has done it since", async () => {
    const { run, tutti, completed, mend } = await project();
    const steps = [{ name: "one", command: "/a", undo }, { name: "ok", approval: "Well?" }, bad];
    const { id } = await run({ name: "w", chain: steps });
    await run({ name: "other", chain: [{ name: "one", command: "/a" }] });
    await tutti.control(id, { type: "answer", address: "ok", value: true });
    expect((await tutti.show(id)).nodes[0]).toMatchObject({ undo: "undone" });
    expect(await completed()).toEqual(["a"]);
    mend();
  });

  it("is one in an item, too", async () => {
    const { run, completed } = await project();
    const items = { items: "${ [1, 2] }", as: "n" };
    const each = { name: "each", for_each: items, steps: [{ name: "x", command: "/a", undo }] };
    const { status } = await run({ name: "w", chain: [each, { name: "last", command: "/c" }, bad] });
    expect(status).toBe("failed");
    expect(await completed()).toEqual(["c"]);
  });

  it("is told where its marker cannot be taken away", async () => {
    const { cwd, run, troubles, tutti } = await project();
    const marked = join(cwd, ".tutti/completed");
    const steps = [{ name: "one", command: "/a", undo }, { name: "ok", approval: "Well?" }, bad];
    const { id } = await run({ name: "w", chain: steps });
    const [file = ""] = readdirSync(marked);
    // a command that is not known any more has no name under which its marker lies
    rmSync(join(cwd, ".claude/commands/a.md"));
    await tutti.control(id, { type: "answer", address: "ok", value: true });
    expect(readdirSync(marked)).toEqual([file]);
    expect(troubles.join()).toContain('Cannot take away the completion marker of "/a", which is taken back');
  });
});
