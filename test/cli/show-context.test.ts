import { expect, it } from "vitest";
import { Project } from "./tutti.ts";

it("tutti show --context says of what has no prompt that it has none, and of a prompt without a window that all is in it", async () => {
  const steps = [
    { name: "a", run: "echo hi" },
    { name: "b", prompt: "say ${ a.output }" },
  ];
  const project = new Project({ "w.yaml": JSON.stringify({ agent: "mock", chain: steps }) });
  expect((await project.call(["run", "w.yaml"])).status).toBe(0);
  const said = async (name: string) => {
    const { stdout, stderr } = await project.call(["show", "@last", name, "--context"]);
    return stdout + stderr;
  };
  expect(await said("a")).toContain('"a" has no prompt');
  expect(await said("b")).toContain("all values stand in it");
});
