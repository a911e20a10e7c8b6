import { expect, it } from "vitest";
import { tinyDisk } from "../../src/testing/testbed.ts";
import { chainOf, Project } from "./tutti.ts";

it("a full disk ends a run with one story: what is missing, and how the run goes on", async ({ skip }) => {
  const disk = tinyDisk(3);
  if (!disk) return skip("only root on Linux can mount a disk");
  const project = new Project({ "flow.json": chainOf("yes | head -c 12000000 || true") });
  const args = ["run", "flow.json", "--home", `${disk.folder}/.tutti`];
  const { status, stderr } = await project.call(args);
  expect(status).toBe(1);
  expect(stderr).toMatch(/when there is space again, the run goes on from here with: tutti resume \w+\n/);
  expect(stderr).toMatch(/STORE_FULL: Cannot write .*: the disk is full\nfix: free some space/);
  expect(stderr).not.toContain("the run itself goes on");
});
