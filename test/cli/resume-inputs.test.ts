import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { Project } from "./tutti.ts";

const flow = (inputs: object, run: string) =>
  JSON.stringify({ inputs, chain: { steps: [{ name: "a", run }] } });
const kept = { type: "string", default: "x" };

it("resume --update takes changed inputs over, keeps what was given, and --input sets more", async () => {
  const project = new Project({
    "flow.json": flow({ kept, old: { type: "string", default: "y" } }, "exit 1"),
  });
  await project.call(["run", "flow.json", "--input", "kept=mine"]);
  const say = "echo ${{ inputs.kept }} ${{ inputs.level }} >> log";
  project.write({ "flow.json": flow({ kept, level: { type: "number", default: 1 } }, say) });
  expect(await project.call(["resume", "@last", "--update", "--yes"])).toMatchObject({ status: 0 });
  expect(await project.call(["resume", "@last", "--input", "level=2"])).toMatchObject({ status: 0 });
  expect(readFileSync(project.path("log"), "utf8")).toBe("mine 1\nmine 2\n");
  expect(await project.call(["resume", "@last", "--input", "level=high"])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("INPUT_INVALID") as string,
  });
});
