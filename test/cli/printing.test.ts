import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bin } from "../program.ts";
import { chainOf, Project } from "./tutti.ts";

const escape = "\u001b";

describe("what is printed for people", () => {
  it("has colours only where they are wanted", async () => {
    const project = new Project({ "flow.json": chainOf("true") });
    const plain = await project.call(["run", "flow.json"]);
    expect(plain.stdout + plain.stderr).not.toContain(escape);
    const forced = await project.call(["runs"], { env: { FORCE_COLOR: "1" } });
    expect(forced.stdout).toContain(`${escape}[32mcompleted`);
    const never = await project.call(["runs"], { env: { FORCE_COLOR: "1", NO_COLOR: "1" } });
    expect(never.stdout).not.toContain(escape);
  });

  it("is inert, whatever names, values and outputs hold", async () => {
    const hostile = `x${escape}[2J${escape}]0;owned\u0007\nfix: rm -rf /\u202e\u009b31m'"<b>$(touch pwned)`;
    const flow = {
      name: hostile,
      inputs: { who: { type: "string", default: hostile } },
      chain: {
        steps: [{ name: "a", run: `printf '%s\\n' "\${{ inputs.who }}" | tee /dev/stderr; exit 1` }],
      },
    };
    const project = new Project({ "flow.json": JSON.stringify(flow) });
    const calls = [
      ["run", "flow.json"],
      ["runs"],
      ["show", "@last"],
      ["show", "@last", "a"],
      ["logs", "@last"],
      ["events", "@last"],
      ["why", "@last"],
      ["plan", "flow.json"],
      ["run", hostile],
      ["run", "flow.json", "--input", `${hostile}=1`],
      [hostile],
      ["show", hostile],
      ["commands", hostile],
    ];
    for (const args of calls) {
      const { stdout, stderr } = await project.call(args);
      expect(stdout + stderr, args.join(" ")).not.toMatch(
        /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/,
      );
    }
    const { stdout } = await project.call(["runs"]);
    expect(stdout).not.toMatch(/^fix: rm/m);
  });

  it("is only the answer with --quiet", async () => {
    const project = new Project({ "flow.json": chainOf("true") });
    const { stdout, stderr } = await project.call(["run", "flow.json", "--quiet"]);
    expect(stderr).toBe("");
    expect(stdout).toContain("completed flow");
    const both = await project.call(["run", "flow.json", "--quiet", "--json"]);
    expect(both.stderr).toBe("");
    const wrong = await project.call(["run", "none.json", "--quiet"]);
    expect(wrong.stderr).toContain("FILE_NOT_FOUND");
  });

  it("ends quietly when the reader goes away, and the run goes on to its end", async () => {
    const project = new Project({ "flow.json": chainOf("seq 1 5000", "touch done; exit 1") });
    const child = spawn(process.execPath, [bin, "run", "flow.json", "--json"], {
      cwd: project.dir,
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.once("data", () => child.stdout.destroy());
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const status = await new Promise((resolve) => child.on("close", resolve));
    expect(status).toBe(1);
    expect(stderr).not.toContain("EPIPE");
    expect((await project.json(["runs"])).values).toMatchObject([{ runs: [{ status: "failed" }] }]);
  });
});

describe("tutti logs", () => {
  it("prints what steps printed, of all nodes or of one", async () => {
    const project = new Project({ "flow.json": chainOf("echo one; echo two >&2", "echo three") });
    await project.call(["run", "flow.json"]);
    expect((await project.call(["logs", "@last"])).stdout).toBe("a | one\na | two\nb | three\n");
    expect((await project.call(["logs", "@last", "b"])).stdout).toBe("three\n");
    const wrong = await project.call(["logs", "@last", "z"]);
    expect(wrong).toMatchObject({ status: 2, stderr: expect.stringContaining("UNKNOWN_STEP") as string });
  });

  it("says that the files are gone, and not that nothing was printed", async () => {
    const project = new Project({ "flow.json": chainOf("echo one", "true") });
    await project.call(["run", "flow.json"]);
    rmSync(project.path(".tutti/output"), { recursive: true });
    expect((await project.call(["logs", "@last"])).stderr).toContain("printed lines are gone");
    expect((await project.call(["logs", "@last", "b"])).stderr).toBe("nothing was printed: b is verified\n");
  });

  it("says of a failed run what goes no further, and of none where it looked", async () => {
    const project = new Project({ "flow.json": chainOf("exit 1", "true") });
    const none = await project.call(["runs"]);
    expect(none.stderr).toBe(`there is no run yet in ${project.path(".tutti")}; start one: tutti run FILE\n`);
    await project.call(["run", "flow.json"]);
    expect((await project.call(["runs", "--status", "waiting,paused"])).stderr).toBe(
      "none of 1 run is waiting or paused\n",
    );
    const { stdout } = await project.call(["why", "@last"]);
    expect(stdout).toMatch(/\n {2}the run goes no further: it is failed \(/);
    expect(stdout).toMatch(/\n {2}b goes no further: its block has stopped\n$/);
    expect((await project.call(["logs", "@last", "b"])).stderr).toBe("nothing was printed: b is not run\n");
  });

  it("follows a run until its end", async () => {
    const project = new Project({
      "flow.json": chainOf("echo one; until test -f go; do sleep 0.05; done; echo two"),
    });
    const run = project.begin(["run", "flow.json"]);
    await run.until("started    a");
    const logs = project.begin(["logs", "@last", "a", "--follow"]);
    const events = project.begin(["events", "@last", "--follow", "--json"]);
    await logs.until("one");
    await events.until("attempt.started");
    project.write({ go: "" });
    expect(await logs.ended).toMatchObject({ status: 0, stdout: "one\ntwo\n" });
    const { status, stdout } = await events.ended;
    expect(status).toBe(0);
    expect(JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({ to: "completed" });
    expect((await run.ended).status).toBe(0);
  });
});

describe("tutti cache and audit", () => {
  it("list, explain and clear what is cached", async () => {
    const flow = JSON.stringify({ chain: { steps: [{ name: "a", run: "echo costly", cache: "1h" }] } });
    const project = new Project({ "flow.json": flow });
    await project.call(["run", "flow.json"]);
    const { stdout } = await project.call(["run", "flow.json"]);
    expect(stdout).toContain("1 from the cache");
    const list = await project.json(["cache"]);
    const entries = (list.values[0]?.["entries"] ?? []) as readonly { readonly key: string }[];
    const explained = await project.call(["cache", "explain", entries[0]?.key.slice(0, 6) ?? ""]);
    expect(explained.stdout).toContain('result: "costly"');
    expect((await project.call(["cache", "explain", "nope"])).status).toBe(2);
    expect((await project.json(["cache", "clear"])).values).toEqual([{ cleared: 1 }]);
  });

  it("find state that is sound", async () => {
    const project = new Project({ "flow.json": chainOf("true") });
    await project.call(["run", "flow.json"]);
    expect(await project.call(["audit", "@last", "--repair"])).toMatchObject({
      status: 0,
      stdout: "checked 1 run: everything is sound\n",
    });
  });
});
