import { join } from "node:path";
import { expect, it } from "vitest";
import { treeProject } from "./tree-project.ts";

const inner = `
name: inner
chain:
  - {name: one, run: "echo 1 > $NAME", writes: ["*"], env: {NAME: "\${{ inputs.name }}"}}
  - {name: two, run: "echo gone > gone; rm -f readme", writes: ["*"]}
  - {name: three, run: "rm gone", writes: ["*"]}
inputs:
  name: string
`;

const outer = `
name: outer
workspace: run
chain:
  - {name: first, run: "echo f > f", writes: [f]}
  - {name: sub, workflow: ./inner.yaml, mode: child, with: {name: by-sub}}
  - name: beside
    parallel: all
    steps:
      - {name: other, run: "echo o > other", writes: [other]}
      - {name: lane, workflow: ./inner.yaml, mode: child, with: {name: by-lane}, writes: [by-lane, gone, readme]}
  - {name: still, run: "true"}
`;

it("a step that is a run of its own has the files which that run changed, in its tree and in one of its own", async () => {
  const project = treeProject({ readme: "hello\n", "inner.yaml": inner, "outer.yaml": outer });
  const tutti = await project.open();
  const source = await tutti.load({ kind: "file", path: join(project.cwd, "outer.yaml") });
  const { id, done } = await tutti.start(source);
  await done;
  const { nodes } = await tutti.show(id);
  const filesOf = (address: string) => nodes.find((node) => node.address === address)?.changedFiles;
  expect(filesOf("sub")).toEqual(["by-sub", "readme"]);
  expect(filesOf("beside/lane")).toEqual(["by-lane"]);
  const { files, patch } = await tutti.changes(id, { node: "sub" });
  expect(files.map(({ path, change }) => `${change} ${path}`)).toEqual(["added by-sub", "deleted readme"]);
  expect(patch).toContain("+++ b/by-sub\n");
  await expect(tutti.changes(id, { node: "none" })).rejects.toThrow("has no such node");
  await expect(tutti.changes(id, { node: "still" })).resolves.toMatchObject({ files: [] });
});
