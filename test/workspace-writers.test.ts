import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { only, runIn, treeProject, treeRun } from "./tree-project.ts";

const lines = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** A file of nine lines with one of them changed. */
function withLine(number: number, text: string): string {
  return lines.map((line, index) => `${index + 1 === number ? text : line}\n`).join("");
}

function writers(names: readonly string[], head = ""): string {
  const steps = names.map((name) => `      - {name: ${name}, agent: mock, prompt: ${name}}`);
  return `
name: writers
${head}
chain:
  - name: all
    parallel: true
    steps:
${steps.join("\n")}
  - {name: after, run: "ls", depends_on: [all]}
`;
}

describe("writers side by side", () => {
  it("work in trees of their own, and all that they did comes together", async () => {
    const names = ["n1", "n3", "n5", "n7"];
    const rules = names.map((name) => ({
      step: `all/${name}`,
      files: { [name]: `${name}\n`, shared: withLine(Number(name.slice(1)), name) },
    }));
    const run = await runIn(treeProject({ shared: withLine(0, "") }), writers(names), { mock: { rules } });
    expect(run.status).toBe("completed");
    expect(run.files.toSorted()).toEqual([...names, "shared"].toSorted());
    expect(run.file("shared")).toBe("n1\n2\nn3\n4\nn5\n6\nn7\n8\n9\n");
  });

  /** Two that change the same line; who is asked again because of a conflict writes both. */
  const rivals = {
    rules: ["x", "y"].flatMap((name) => [
      { step: `all/${name}`, attempt: 2, files: { shared: withLine(1, "x and y") } },
      { step: `all/${name}`, files: { shared: withLine(1, name), [name]: "mine\n" } },
    ]),
  };

  it("who changed the same lines bring them together, the later one again", async () => {
    const run = await runIn(treeProject({ shared: withLine(0, "") }), writers(["x", "y"]), { mock: rivals });
    expect(run.status).toBe("completed");
    expect(run.file("shared")).toBe(withLine(1, "x and y"));
    expect(run.files.toSorted()).toEqual(["shared", "x", "y"]);
    const refused = only(run.events, "gate.ended").filter(({ passed }) => !passed);
    expect(refused).toHaveLength(1);
    expect(refused[0]?.evidence["conflicts"]).toMatchObject([{ path: "shared", kind: "content" }]);
    const [again] = only(run.events, "retry.scheduled");
    expect(again?.feedback).toContain("<<<<<<<");
  });

  it.each([
    ["theirs", (text: string) => text === withLine(1, "x") || text === withLine(1, "y")],
    ["ours", (text: string) => text === withLine(1, "x") || text === withLine(1, "y")],
    ["serialize", (text: string) => text === withLine(1, "x and y")],
  ])("bring together what is declared: %s", async (conflicts, isRight) => {
    const head = `workspace: {mode: run, merge: {conflicts: ${conflicts}}}`;
    const project = treeProject({ shared: withLine(0, "") });
    const run = await runIn(project, writers(["x", "y"], head), { mock: rivals });
    expect(run.status).toBe("completed");
    expect(isRight(run.file("shared") ?? "")).toBe(true);
  });
});

describe("writers in trees with an install that changes what git does not ignore", () => {
  it("have no conflict by it, and nothing of it lands", async () => {
    const install = "date +%N > inst; echo $RANDOM >> shared; echo $$ >> shared";
    const head = `workspace: {mode: run, install: '${install}'}`;
    const names = ["x", "y", "z"];
    const rules = names.map((name) => ({ step: `all/${name}`, files: { [name]: "mine\n" } }));
    const project = treeProject({ shared: "1\n" });
    const run = await runIn(project, writers(names, head), { mock: { rules } });
    expect(run.status).toBe("completed");
    expect(only(run.events, "gate.ended").filter(({ passed }) => !passed)).toEqual([]);
    expect(run.files.toSorted()).toEqual(["shared", ...names]);
    expect(run.file("shared")).toBe("1\n");
  });
});

describe("writers whose conflicts people bring together", () => {
  it("wait until somebody has, in the tree that holds both, and says so", async () => {
    const rules = ["x", "y"].map((name) => ({
      step: `all/${name}`,
      files: { shared: withLine(1, name), [name]: "mine\n" },
    }));
    const project = treeProject({ shared: withLine(0, "") });
    const tutti = await project.open({ mock: { rules } });
    const text = writers(["x", "y"], "workspace: {mode: run, merge: {conflicts: human}}");
    const handle = await tutti.start(await tutti.load({ kind: "text", text }), { stayMs: 0 });
    await handle.done;
    const [asked] = await tutti.asks(handle.id);
    expect(asked?.text).toContain(".tutti/worktrees/");
    const [, tree = ""] = /lie in (.*)\)/.exec(asked?.text ?? "") ?? [];
    const address = asked?.address ?? "";
    const yes = { type: "answer", address, value: true, by: "somebody" } as const;
    expect(readFileSync(join(tree, "shared"), "utf8")).toContain("<<<<<<<");
    // nothing was done yet
    await tutti.control(handle.id, yes);
    expect(await tutti.asks(handle.id)).toHaveLength(1);
    writeFileSync(join(tree, "shared"), withLine(1, "x and y"));
    await tutti.control(handle.id, yes);
    const run = await treeRun(project, tutti, handle.id);
    expect(run.status).toBe("completed");
    expect(run.file("shared")).toBe(withLine(1, "x and y"));
    expect(run.files.toSorted()).toEqual(["shared", "x", "y"]);
  });
});

describe("writers whose conflict waits for a person", () => {
  const rules = ["x", "y"].map((name) => ({
    step: `all/${name}`,
    files: { shared: withLine(1, name), [name]: "mine\n" },
  }));
  const rivals = (conflicts: string): string =>
    writers(["x", "y"], `workspace: {mode: run, merge: {order: declared, conflicts: ${conflicts}}}`);

  it.each([
    ["theirs", "y"],
    ["ours", "x"],
  ])("land as %s when the run goes on so, and nobody does anything again", async (conflicts, wins) => {
    const project = treeProject({ shared: withLine(0, "") });
    const tutti = await project.open({ mock: { rules } });
    const sourceOf = (text: string) => tutti.load({ kind: "text", text });
    const handle = await tutti.start(await sourceOf(rivals("human")), { stayMs: 0 });
    await handle.done;
    expect(await tutti.asks(handle.id)).toHaveLength(1);
    const again = await tutti.resume(handle.id, { update: await sourceOf(rivals(conflicts)) });
    await again.done;
    const run = await treeRun(project, tutti, handle.id);
    expect(run.status).toBe("completed");
    expect(run.file("shared")).toBe(withLine(1, wins));
    expect(run.files.toSorted()).toEqual(["shared", "x", "y"]);
    expect(only(run.events, "attempt.started").filter(({ attempt }) => attempt > 1)).toEqual([]);
    expect(only(run.events, "attempt.started").filter(({ address }) => address === "all/y")).toHaveLength(1);
  });
});

describe("a gate that fails after writers landed", () => {
  const names = ["w1", "w2", "w3", "w4", "w5"];
  const rules = names.map((name) => ({
    step: `all/${name}`,
    files: { [name]: "mine\n", ...(name === "w4" ? { broken: "x\n" } : {}) },
  }));
  const gated = (line: string): string =>
    writers(names).replace(
      'run: "ls"',
      `run: "${line}", retry: 0, gates: [{name: whole, run: "test ! -e broken"}]`,
    );

  it("tells whose work makes it fail, and leaves nothing of the search", async () => {
    const project = treeProject({ a: "" });
    const run = await runIn(project, gated("ls"), { mock: { rules } });
    expect(run.status).toBe("failed");
    const no = only(run.events, "gate.ended").find(({ passed }) => !passed);
    expect(no?.evidence).toMatchObject({ exit_code: 1, at_fault: { node: "all/w4", sure: true } });
    expect(no?.evidence["output"]).toContain('it fails since the work of "all/w4"');
    expect(project.git("for-each-ref", "refs/tutti")).not.toContain("after");
    expect(project.git("worktree", "list")).not.toContain("after");
  });

  it("blames nobody else for what the step itself did", async () => {
    const whole = rules.map(({ step, files: { broken: _, ...files } }) => ({ step, files }));
    const run = await runIn(treeProject({ a: "" }), gated("touch broken"), { mock: { rules: whole } });
    const no = only(run.events, "gate.ended").find(({ passed }) => !passed);
    expect(no?.evidence).toMatchObject({ exit_code: 1 });
    expect(no?.evidence["at_fault"]).toBeUndefined();
  });
});

describe("a run that does a step of another", () => {
  const child = `
name: child
chain:
  - name: all
    parallel: true
    steps:
      - {name: x, run: "echo x > x", writes: [x]}
      - {name: y, run: "echo y > y", writes: [y]}
  - {name: last, run: 'cat x y; test -e "$GO"', depends_on: [all], env: {GO: GOFILE}, retry: 0}
`;
  const parent = `
name: parent
chain:
  - {name: before, run: "echo b > b", writes: [b]}
  - {name: sub, workflow: ./child.yaml, mode: child, depends_on: [before]}
  - {name: after, run: "cat b x y; echo z > z", writes: [z], depends_on: [sub]}
`;

  it("works in the tree of its step also where that has one of its own, and its writers land there", async () => {
    const kid = `
name: kid
inputs: {line: {type: string}}
chain:
  - name: all
    parallel: true
    steps:
      - {name: x, run: 'echo x > "\${{ inputs.line }}-x"', writes: ["*-x"]}
      - {name: y, run: 'sed -i "s/^\${{ inputs.line }}$/changed/" shared', writes: [shared]}
`;
    const kids = [2, 5, 8].map(
      (line) => `      - {name: k${line}, workflow: ./kid.yaml, mode: child, with: {line: "${line}"}}`,
    );
    const project = treeProject({ shared: withLine(0, ""), "kid.yaml": kid });
    const around = `name: around\nchain:\n  - name: kids\n    parallel: true\n    steps:\n${kids.join("\n")}\n`;
    project.write({ "around.yaml": around });
    const tutti = await project.open();
    const handle = await tutti.start(
      await tutti.load({ kind: "file", path: join(project.cwd, "around.yaml") }),
    );
    await handle.done;
    const run = await treeRun(project, tutti, handle.id);
    expect(run.status).toBe("completed");
    expect(run.file("shared")).toBe("1\nchanged\n3\n4\nchanged\n6\n7\nchanged\n9\n");
    expect(run.files.filter((name) => name.endsWith("-x"))).toEqual(["2-x", "5-x", "8-x"]);
    const created = only(await tutti.events(`${handle.id}.2`), "run.created");
    expect(created[0]?.workspace?.place).toEqual({ runId: handle.id, lane: "kids/k5" });
  });

  it("works in the tree of that step, also when it goes on after a failure", async () => {
    const project = treeProject({ a: "" });
    project.write({ "child.yaml": child.replace("GOFILE", join(project.cwd, "go")), "parent.yaml": parent });
    const tutti = await project.open();
    const source = await tutti.load({ kind: "file", path: join(project.cwd, "parent.yaml") });
    const handle = await tutti.start(source);
    await handle.done;
    expect(handle.state.status).toBe("failed");
    project.write({ go: "" });
    await (
      await tutti.resume(handle.id)
    ).done;
    const run = await treeRun(project, tutti, handle.id);
    expect(run.status).toBe("completed");
    expect(run.files.filter((name) => !name.endsWith(".yaml")).toSorted()).toEqual(["a", "b", "x", "y", "z"]);
    const inside = await tutti.events(`${handle.id}.1`);
    expect(only(inside, "run.created")[0]?.workspace).toMatchObject({
      place: { runId: handle.id, lane: "" },
    });
    expect(
      only(inside, "attempt.started")
        .map(({ address }) => address)
        .toSorted(),
    ).toEqual(["all/x", "all/y", "last", "last"]);
  });
});
