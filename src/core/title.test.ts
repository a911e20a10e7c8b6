import { describe, expect, it } from "vitest";
import { CoreRun, parallelOf, workflowOf } from "../testing/core-run.ts";
import { listText } from "../expression/list-text.ts";
import { viewOf } from "./view.ts";

describe("what a node does, on one line", () => {
  const titles = (run: CoreRun) =>
    viewOf(run.state).nodes.flatMap(({ address, title }) => (address.endsWith("look") ? title : []));

  it("has its values as soon as it has any, and is as the file has it until then", () => {
    const steps = [{ name: "look", run: "./look ${{ item }} $HOME" }];
    const each = { name: "each", for_each: { items: ["a", "b c"], concurrency: 1 }, steps };
    const run = new CoreRun(workflowOf({ name: "t", chain: [each] }));
    expect(titles(run)).toEqual(["./look a $HOME"]);
    run.ok("each[0]/look");
    expect(titles(run)).toEqual(["./look a $HOME", './look "b c" $HOME']);
    const later = new CoreRun(
      parallelOf([
        { name: "x", run: "./x" },
        { name: "look", command: "/task", params: "${ x.output }" },
      ]),
    );
    expect(titles(later)).toEqual(["/task ${ x.output }"]);
    later.ok("x", { output: "y".repeat(5000) });
    expect(titles(later)[0]).toMatch(/^\/task y+$/);
    expect(titles(later)[0]).toHaveLength(1000);
  });

  it("shows a list that is written in the file as it is there", () => {
    expect(listText('${ ["a","b"] }')).toBe('["a","b"]');
    expect(listText("${ scan.output }")).toBe("${ scan.output }");
  });
});
