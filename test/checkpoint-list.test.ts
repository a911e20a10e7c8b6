import { expect, it } from "vitest";
import { runIn, treeProject } from "./tree-project.ts";

const writers = `
name: writers
workspace: run
chain:
  - name: all
    parallel: all
    steps:
      - {name: x, run: "echo x > x", writes: [x]}
      - {name: y, run: "echo y > y", writes: [y]}
      - name: block
        chain:
          - {name: one, run: "echo one > one", writes: [one]}
          - {name: two, run: "exit 1", writes: [two], retry: 0}
`;

it("the list of checkpoints marks one, from which the run goes on, and has what was done before it landed", async () => {
  const project = treeProject({ readme: "hello\n" });
  const { id, status } = await runIn(project, writers);
  expect(status).toBe("failed");
  const all = await (await project.open()).checkpoints(id, { all: true });
  expect(all.filter(({ tip }) => tip)).toMatchObject([{ own: true }]);
  const placeOf = (what: string): number =>
    all.findIndex(({ title }) => title.startsWith(`WORKFLOW-STEP: ${what} in`));
  for (const name of ["all/x", "all/y"]) {
    expect(placeOf(`${name} completed`)).toBeGreaterThan(0);
    expect(placeOf(`${name} landed`)).toBeGreaterThan(placeOf(`${name} completed`));
  }
});
