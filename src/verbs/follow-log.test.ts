import { expect, it, onTestFinished } from "vitest";
import { openTutti } from "../engine.ts";
import { temporaryFolder } from "../testing/testbed.ts";
import { isTuttiError } from "../errors.ts";

async function opened() {
  const hold = Promise.withResolvers<null>();
  const tutti = await openTutti({
    cwd: temporaryFolder(),
    state: "memory",
    functions: { hold: () => hold.promise },
  });
  onTestFinished(() => tutti.close());
  return { tutti, hold };
}

it("every look gives what is new, and the view is that of a reader who has read all", async () => {
  const { tutti, hold } = await opened();
  const value = {
    name: "flow",
    chain: [
      { name: "a", run: "true" },
      { name: "b", function: "hold" },
    ],
  };
  const handle = await tutti.start(await tutti.load({ kind: "object", value }));
  const log = tutti.follow(handle.id);
  const seen = [...(await log.look())];
  expect(log.view().status).not.toBe("completed");
  hold.resolve(null);
  await handle.done;
  seen.push(...(await log.look()));
  expect(seen).toEqual(await tutti.events(handle.id));
  expect(log.view()).toEqual(await tutti.show(handle.id));
  expect(await log.look()).toEqual([]);
  expect(await tutti.events(handle.id, { after: 2 })).toEqual(seen.slice(2));
});

it("a run that does not exist is not found at the first look", async () => {
  const { tutti } = await opened();
  const log = tutti.follow("none");
  await expect(log.look()).rejects.toSatisfy((error) => isTuttiError(error, "RUN_NOT_FOUND"));
  expect(() => log.view()).toThrow(/does not begin with run.created/);
});
