import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Project } from "./tutti.ts";

const flow = `name: deploy
chain:
  - {name: migrate, run: "echo up >> log; echo '{\\"id\\":7}'", undo: "echo down \${{ migrate.output.id }} >> log"}
  - {name: deploy, run: "echo deploy >> log", undo: {run: "test ! -e broken && echo undeploy >> log", retry: 0}}
  - {name: smoke, run: "touch began; until test -e go; do sleep 0.05; done; test -e ok"}
`;

function logOf(project: Project): string {
  return readFileSync(project.path("log"), "utf8");
}

describe("a run that fails", () => {
  it("undoes what it did, shows it, and does it again when it is resumed", async () => {
    const project = new Project({ "deploy.yaml": flow, go: "" });
    expect((await project.call(["plan", "deploy.yaml"])).stdout).toContain("the last first: migrate, deploy");
    const { status, stdout, stderr } = await project.call(["run", "deploy.yaml"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/undoing {4}deploy~undo: .*\n.*undone {5}deploy~undo/);
    expect(stdout).toContain("2 undone");
    expect(stdout).toMatch(/next: tutti resume/);
    expect(logOf(project)).toBe("up\ndeploy\nundeploy\ndown 7\n");
    const shown = await project.call(["show", "@last"]);
    expect(shown.stdout).toMatch(/undone {6}deploy /);
    const { values } = await project.json(["show", "@last"]);
    expect(values[0]).toMatchObject({
      status: "failed",
      nodes: [{ address: "migrate", undo: "undone" }, {}, {}, {}, {}],
    });
    project.write({ ok: "" });
    expect((await project.call(["resume", "@last"])).status).toBe(0);
    expect(logOf(project)).toBe("up\ndeploy\nundeploy\ndown 7\nup\ndeploy\n");
  });

  it("says loudly what it could not undo, and what to look at", async () => {
    const project = new Project({ "deploy.yaml": flow, go: "", broken: "" });
    const { status, stdout } = await project.call(["run", "deploy.yaml"]);
    expect(status).toBe(1);
    expect(stdout).toContain("NOT UNDONE: deploy");
    expect(stdout).toMatch(/next: tutti show \w+ deploy {3}\(not undone: "deploy"; undo by hand/);
    expect(logOf(project)).toBe("up\ndeploy\ndown 7\n");
    const { values } = await project.json(["run", "deploy.yaml"]);
    expect(values.at(-1)).toMatchObject({ type: "run.summary", undone: ["migrate"], notUndone: ["deploy"] });
  });
});

describe("tutti cancel", () => {
  it.for([{ flags: [] }, { flags: ["--undo"] }])(
    "with $flags undoes only when told to",
    async ({ flags }) => {
      const project = new Project({ "deploy.yaml": flow });
      const call = project.begin(["run", "deploy.yaml"]);
      await call.until("started    smoke");
      const { status, stdout } = await project.call(["cancel", "@last", ...flags]);
      expect(status).toBe(0);
      expect(stdout).toContain("is cancelled");
      expect(stdout.includes("2 steps undone")).toBe(flags.length > 0);
      expect((await call.ended).status).toBe(4);
      expect(logOf(project)).toBe(`up\ndeploy\n${flags.length > 0 ? "undeploy\ndown 7\n" : ""}`);
    },
  );

  it("undoes what a run did that nobody drives any more", async () => {
    const project = new Project({ "deploy.yaml": flow });
    const call = project.begin(["run", "deploy.yaml"]);
    await call.until("started    smoke");
    call.child.kill("SIGKILL");
    await call.ended;
    const { status, values } = await project.json(["cancel", "@last", "--undo"]);
    expect(status).toBe(0);
    expect(values).toMatchObject([{ status: "cancelled" }]);
    expect(logOf(project)).toBe("up\ndeploy\nundeploy\ndown 7\n");
  });
});

describe("a run that undoes what it did", () => {
  it("is told to leave that, and says what is left", async () => {
    const slow = flow.replace("test ! -e broken", "touch undoing; sleep 60");
    const project = new Project({ "deploy.yaml": slow, go: "" });
    const call = project.begin(["run", "deploy.yaml"]);
    await call.until("undoing    deploy~undo");
    expect((await project.call(["why", "@last"])).stdout).toContain("2 of 2 steps to be undone");
    const { stdout } = await project.call(["cancel", "@last"]);
    expect(stdout).toMatch(/run \w+ is failed; NOT UNDONE: migrate, deploy/);
    expect((await call.ended).status).toBe(1);
  });
});
