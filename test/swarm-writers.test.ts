import { describe, expect, it } from "vitest";
import { plan, says } from "./swarm-scene.ts";
import { only, runIn, treeProject } from "./tree-project.ts";

/* Specialists that write work in trees of their own, and what they wrote lands. */

const swarm = {
  name: "team",
  agent: "mock",
  workspace: "run",
  swarm: {
    task: "write it",
    agents: {
      lead: { role: "coordinator" },
      left: { role: "specialist", writes: ["left/**"] },
      right: { role: "specialist", writes: ["right/**"] },
    },
  },
};

describe("specialists that write", () => {
  it("do so side by side in trees of their own, and what they wrote is in the run's tree", async () => {
    const project = treeProject({ "README.md": "a project\n" });
    const run = await runIn(project, JSON.stringify(swarm), {
      mock: {
        rules: [
          plan({ id: "a", agent: "left" }, { id: "b", agent: "right" }),
          { ...says("*work[a]*", "left is there"), files: { "left/a.txt": "a\n" }, delay: 100 },
          { ...says("*work[b]*", "right is there"), files: { "right/b.txt": "b\n" }, delay: 100 },
          says("*report*", "both are there"),
        ],
      },
    });
    expect(run.status).toBe("completed");
    expect(run.file("left/a.txt")).toBe("a\n");
    expect(run.file("right/b.txt")).toBe("b\n");
    expect(project.git("status", "--porcelain", "--", "left", "right")).toBe("");
    const changed = only(run.events, "attempt.ended").flatMap(({ address, outcome }) =>
      outcome.changedFiles?.length ? [[address, outcome.changedFiles]] : [],
    );
    expect(changed).toContainEqual(["swarm/work[a]/do/left/turn", ["left/a.txt"]]);
    expect(changed).toContainEqual(["swarm/work[b]/do/right/turn", ["right/b.txt"]]);
  });

  it("that fail leave nothing behind for who takes over", async () => {
    const project = treeProject({ "README.md": "a project\n" });
    const run = await runIn(project, JSON.stringify(swarm), {
      mock: {
        rules: [
          plan({ id: "a", agent: "left" }),
          {
            step: "*do/left/*",
            files: { "left/half.txt": "half\n" },
            fail: { class: "permanent", message: "it broke" },
          },
          { ...says("*work*", "done"), files: { "right/whole.txt": "whole\n" } },
          says("*report*", "it is there"),
        ],
      },
    });
    expect(run.status).toBe("completed");
    expect(run.files).toContain("right/whole.txt");
    expect(run.files).not.toContain("left/half.txt");
  });
});
