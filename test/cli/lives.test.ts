import { expect, it } from "vitest";
import { chainOf, Project } from "./tutti.ts";

it("what a step printed in one life of a run is kept apart from the next", async () => {
  const project = new Project({
    "flow.json": chainOf("cat said; test -f well", "echo done"),
    said: "first\n",
  });
  const first = await project.call(["run", "flow.json"]);
  expect(first.stdout).toContain("    | first\n");
  project.write({ said: "second\n" });
  const second = await project.call(["resume", "@last"]);
  expect(second.stdout).toContain("    | second\n");
  expect(second.stdout).not.toContain("| first");
  const all = await project.call(["logs", "@last"]);
  expect(all.stdout).toBe("a | first\na (life 2) | second\n");
  const alone = await project.call(["logs", "@last", "a"]);
  expect(alone.stdout).toBe("first\n— life 2 of the run —\nsecond\n");
  project.write({ well: "" });
  expect((await project.call(["resume", "@last"])).status).toBe(0);
  const { values } = await project.json(["logs", "@last"]);
  expect(values).toMatchObject([
    {
      lines: [
        { address: "a", life: 1, attempt: 1, text: "first" },
        { address: "a", life: 2, attempt: 1, text: "second" },
        { address: "a", life: 3, attempt: 1, text: "second" },
        { address: "b", life: 3, attempt: 1, text: "done" },
      ],
    },
  ]);
});
