import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Project } from "./tutti.ts";

describe("a degraded run", () => {
  it("states what is missing, until it is not any more", async () => {
    const project = new Project({
      "d.yaml": `chain:
  - {name: lint, run: "test -e ok", error_strategy: continue_on_failure}
  - {name: ship, run: "true", depends_on: [lint]}
`,
    });
    const { status, stdout } = await project.call(["run", "d.yaml"]);
    expect(status).toBe(5);
    expect(stdout).toMatch(
      /missing:\n {4}lint \(test -e ok\): .*\n.*the run went on without it; "ship" was not done/,
    );
    const [, file = ""] = /statement: (.*)/.exec(stdout) ?? [];
    expect(readFileSync(project.path(file), "utf8")).toContain("ship was to build on it and was not done");
    expect((await project.call(["show", "@last"])).stdout).toContain("missing:");
    project.write({ ok: "" });
    expect((await project.call(["resume", "@last"])).status).toBe(0);
    expect(existsSync(project.path(file))).toBe(false);
  });
});

describe("a run that completed", () => {
  it("says at its end what it accepted, and which branch went no way", async () => {
    const project = new Project({
      "a.yaml": `chain:
  - name: polish
    repeat: {until: "polish.last.output == 'good'", max: 2, otherwise: accept}
    steps: [{name: w, run: echo bad}]
  - name: route
    flow: [{if: "polish.output == 'good'", then: [{run: echo ship}]}]
`,
    });
    const { status, stdout } = await project.call(["run", "a.yaml"]);
    expect(status).toBe(0);
    expect(stdout).toContain(
      "  accepted: polish (until polish.last.output == 'good'): its 2 rounds are over; what there is is accepted\n",
    );
    expect(stdout).toContain("  route → no way: polish.output == 'good' is false");
    expect((await project.call(["show", "@last"])).stdout).toContain("  accepted: polish (until ");
  });
});

describe("a run that failed because a loop did not come to its end", () => {
  it("is not advised to be resumed as it is", async () => {
    const loop = (until: string) => `chain:
  - name: polish
    repeat: {until: "${until}", max: 3, plateau: {of: "1"}}
    steps: [{name: w, run: echo bad}]
`;
    const project = new Project({ "l.yaml": loop("polish.last.output == 'good'") });
    const { status, stdout } = await project.call(["run", "l.yaml"]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/next: tutti show \w+ polish {3}\(its rounds are kept, .*--update\)/);
    expect((await project.call(["why", "@last"])).stdout).toMatch(/goes no further.*\n +fix: tutti show/);
    project.write({ "l.yaml": loop("polish.last.output == 'bad'") });
    expect((await project.call(["resume", "@last", "--update", "--yes"])).status).toBe(0);
  });
});
