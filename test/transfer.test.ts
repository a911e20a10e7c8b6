import { describe, expect, it } from "vitest";
import type { SavedRun } from "../src/verbs/transfer.ts";
import { asking, opened, parent, saying } from "./child-project.ts";

const middle = `
name: middle
inputs: {word: {type: string}}
chain:
  - {name: deep, workflow: ./deep.yaml, with: {word: "\${ inputs.word }"}, mode: child}
  - {name: last, function: say, with: middle, depends_on: [deep]}
`;
const files = { "parent.yaml": parent, "child.yaml": middle, "deep.yaml": asking };

/** A run that waits in a run inside the one inside it, as JSON. */
async function waiting() {
  const { said, functions } = saying();
  const { tutti, load } = await opened(files, { functions });
  const { id } = await (await tutti.start(await load())).done;
  const saved = JSON.parse(JSON.stringify(await tutti.exportRun(id))) as SavedRun;
  return { tutti, id, said, saved };
}

async function elsewhere() {
  const { said, functions } = saying();
  const { tutti } = await opened(files, { functions });
  return { tutti, said };
}

describe("a run that is taken elsewhere", () => {
  it("takes the runs inside it along, and goes on there without doing anything twice", async () => {
    const { id, said, saved } = await waiting();
    expect(saved.inside?.map(({ run }) => run.runId).toSorted()).toEqual([`${id}.1`, `${id}.1.1`]);
    expect(said).toEqual(["hello"]);
    const there = await elsewhere();
    expect(await there.tutti.importRun(saved)).toBe(id);
    expect((await there.tutti.asks(id)).map(({ runId, address }) => [runId, address])).toEqual([
      [`${id}.1.1`, "ok"],
    ]);
    await there.tutti.control(`${id}.1.1`, { type: "answer", address: "ok", value: true });
    expect((await there.tutti.show(id)).status).toBe("completed");
    expect(there.said).toEqual(["yes", "middle", "middle"]);
    expect((await there.tutti.audit()).findings).toEqual([]);
  });

  it("is refused where it is, or one of those inside it is another", async () => {
    const { tutti, id, saved } = await waiting();
    await expect(tutti.importRun(saved)).rejects.toMatchObject({ code: "RUN_STATE" });
    const { tutti: there } = await elsewhere();
    const [inner] = saved.inside ?? [];
    if (!inner) throw new Error("nothing inside");
    const begun = { run: inner.run, events: inner.events.slice(0, 1) };
    await there.importRun({ format: "tutti-run", version: 1, ...begun });
    await expect(there.importRun(saved)).rejects.toMatchObject({
      code: "RUN_STATE",
      message: expect.stringContaining(inner.run.runId) as string,
    });
    expect((await there.runs()).map(({ runId }) => runId)).not.toContain(id);
  });

  it("goes on with an import that was cut off", async () => {
    const { id, saved } = await waiting();
    const { tutti: there } = await elsewhere();
    const [inner] = saved.inside ?? [];
    await there.importRun({ ...inner, format: "tutti-run", version: 1 } as SavedRun);
    expect(await there.importRun(saved)).toBe(id);
    expect(await there.runs()).toHaveLength(3);
  });

  it("is nothing but what was saved", async () => {
    const { saved } = await waiting();
    const { tutti: there } = await elsewhere();
    const [inner] = saved.inside ?? [];
    const wrong: unknown[] = [
      { ...saved, version: 2 },
      { ...saved, events: [] },
      { ...saved, inside: "none" },
      { ...saved, inside: [{ ...inner, events: [] }] },
      { ...saved, inside: [{ ...inner, run: { ...inner?.run, runId: "other" } }] },
    ];
    for (const one of wrong) {
      await expect(there.importRun(one as SavedRun)).rejects.toMatchObject({ code: "BAD_VALUE" });
    }
    expect(await there.runs()).toEqual([]);
  });
});
