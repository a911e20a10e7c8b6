import { expect, it } from "vitest";
import { runIn, treeProject } from "./tree-project.ts";

const text = `
name: subject
workspace: run
chain:
  - {name: first, run: "echo first > first", writes: [first]}
  - name: race
    parallel: any
    steps:
      - {name: quick, run: "echo quick > quick", writes: [quick]}
      - {name: slow, run: "echo slow > slow; sleep 5", writes: [slow]}
  - name: all
    parallel: all
    steps:
      - {name: x, run: "echo x > x", writes: [x]}
      - name: block
        chain:
          - {name: one, run: "echo one > one", writes: [one]}
          - {name: two, run: "exit 1", writes: [two], retry: 0}
`;

it("a landed commit is named after the steps whose work is in it, as its trailers are", async () => {
  const project = treeProject({ readme: "hello\n" });
  const { id, status } = await runIn(project, text);
  expect(status).toBe("failed");
  project.git("config", "user.name", "A User");
  project.git("config", "user.email", "user@localhost");
  const tutti = await project.open();
  const preview = await tutti.previewLanding(id);
  const { message, steps } = await tutti.land(id);
  expect([message, steps]).toEqual(["subject: first, race/quick, all/x", ["first", "race/quick", "all/x"]]);
  expect(preview).toMatchObject({ message, steps });
  const format = "%s%n%(trailers:key=Tutti-Step,valueonly)";
  expect(project.git("log", "-1", `--format=${format}`).trim().split("\n")).toEqual([message, ...steps]);
  expect((await tutti.previewLanding(id)).steps).toEqual(steps);
});
