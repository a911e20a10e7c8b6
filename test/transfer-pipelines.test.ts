import { describe, expect, it } from "vitest";
import type { SavedRun } from "../src/verbs/transfer.ts";
import { opened } from "./child-project.ts";

const parent = `
name: parent
chain:
  - {name: sub, workflow: ./child.yaml, mode: child}
`;
const child = `
name: child
pipeline:
  source: in.jsonl
  stages: [{name: check, function: check}]
  sink: result
`;
const files = { "parent.yaml": parent, "child.yaml": child, "in.jsonl": '"\n1\n2\n' };

/** Where this function checks records. */
function project(check: (given: unknown) => null) {
  return opened(files, { functions: { check } });
}

/** A run in which a run inside has such a pipeline, as JSON. */
async function exported(check: (given: unknown) => null, more = "") {
  const { tutti, load } = await opened(
    { ...files, "child.yaml": child.replace("function: check", `function: check${more}`) },
    { functions: { check } },
  );
  const { id } = await (await tutti.start(await load())).done;
  const saved = JSON.parse(JSON.stringify(await tutti.exportRun(id))) as SavedRun;
  return { id, saved, pipeline: `${id}.1` };
}

describe("a run with a pipeline that is taken elsewhere", () => {
  it("leaves figures and dead letters where it was, and says so", async () => {
    const { id, saved, pipeline } = await exported(() => null);
    expect(saved.without).toEqual([{ runId: pipeline, address: "pipeline", isOver: true, letters: 1 }]);
    const { tutti: there } = await project(() => null);
    expect(await there.importRun(saved)).toBe(id);
    expect((await there.show(id)).status).toBe("completed");
    expect(await there.streams(pipeline)).toEqual([]);
    const elsewhere = {
      code: "RUN_STATE",
      message: `Cannot look at the records of "pipeline" in run ${pipeline}: they are not here, as the run was brought here without them, or they were lost`,
    };
    await expect(there.deadLetters(pipeline)).rejects.toMatchObject(elsewhere);
    await expect(there.replayDead(pipeline)).rejects.toMatchObject(elsewhere);
  });

  it("is not taken in while records are on their way", async () => {
    const { id, saved, pipeline } = await exported(() => {
      throw new Error("not now");
    }, ", on_failure: fail");
    expect(saved.without).toEqual([{ runId: pipeline, address: "pipeline", isOver: false, letters: 1 }]);
    const { tutti: there } = await project(() => null);
    await expect(there.importRun(saved)).rejects.toMatchObject({
      code: "RUN_STATE",
      message: `Cannot restore run "${id}": records of the pipeline "pipeline" in run ${pipeline} are on their way, and are not in what was saved`,
    });
    expect(await there.runs()).toEqual([]);
  });
});
