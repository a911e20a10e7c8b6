import { describe, expect, it } from "vitest";
import { viewOf } from "../core/view.ts";
import { CoreRun, workflowOf } from "../testing/core-run.ts";
import { nextCommand, undecidedIn } from "./next.ts";

describe("what to type next", () => {
  it("is, where nothing was decided, to look at the votes: counted again they come to the same", () => {
    const tally = { votes: { ann: "a", bob: "b" }, options: ["a", "b"] };
    const run = new CoreRun(
      workflowOf({ name: "w", chain: [{ name: "g", steps: [{ name: "decide", tally }] }] }),
    );
    const view = viewOf(run.state);
    expect(view.status).toBe("failed");
    expect(undecidedIn(view)?.address).toBe("g/decide");
    const situation = { view, stopped: false, fixOfRun: undefined, fix: undefined };
    expect(nextCommand(situation)).toBe("tutti show r1 g/decide");
  });
});
