import { describe, expect, it } from "vitest";
import type { GateCheck } from "../core/gate-check.ts";
import type { Outcome } from "../core/outcome.ts";
import { summaryOf } from "./landing.ts";
import { createProcesses } from "../processes/supervisor.ts";
import { createTreeBench, shell, writing } from "../testing/tree-bench.ts";

describe("a landing", () => {
  const check: GateCheck = { kind: "landing", strategy: "agent", by: "rebase" };

  /** Two writers that changed the same file, each in a lane; the first has landed. */
  async function createWriters(landing: GateCheck = check) {
    const bench = await createTreeBench({ processes: createProcesses() });
    const { perform, gate, step, policy, does, base } = bench;
    const lands: string[] = [];
    for (const lane of ["x", "y"]) {
      does(writing("a", `${lane}\n`));
      const one = { ...step({}, lane, `${lane}#1`), address: lane };
      lands.push((await perform(one)).checkpoint?.commit ?? "");
    }
    const land = (lane: string, commit: string, tip = base): Promise<Outcome> => {
      const onto = { place: { runId: "r1", lane: "" }, tip };
      return perform({ ...gate(landing, policy(lane, { lands: commit, onto })), address: lane });
    };
    const [x = "", y = ""] = lands;
    return { ...bench, land, y, first: await land("x", x) };
  }

  it("brings what a writer did into the tree around it", async () => {
    const { first, workspaces } = await createWriters();
    expect(first).toMatchObject({
      ok: true,
      checkpoint: { number: 1 },
      evidence: { summary: "1 file came into the tree of the run", files: ["a"], changed: 1 },
    });
    expect(workspaces.files("/memory/r1/run").get("a")).toBe("x\n");
  });

  it.each([
    ["ours", "x\n", "kept as in the run (`ours`), what the step did to the same lines did not land"],
    ["theirs", "y\n", "as the step has it (`theirs`), what others did to the same lines was written over"],
  ] as const)("says whose work is not there when %s has decided", async (strategy, is, said) => {
    const { land, y, workspaces } = await createWriters({ ...check, strategy });
    const outcome = await land("y", y);
    const files = strategy === "ours" ? "0 files" : "1 file";
    expect(outcome).toMatchObject({
      ok: true,
      evidence: {
        summary: `${files} came into the tree of the run; a was changed on both sides: ${said}`,
        side: strategy,
        decided: ["a"],
      },
    });
    expect(workspaces.files("/memory/r1/run").get("a")).toBe(is);
    expect((await land("y", y)).evidence).toEqual(outcome.evidence);
  });

  it("tells what cannot be brought together, with whom, and leaves both to the writer", async () => {
    const { land, y, workspaces } = await createWriters();
    const outcome = await land("y", y);
    expect(outcome.evidence).toMatchObject({
      summary: "a changed here and meanwhile by x: they cannot be brought together",
      conflicts: [{ path: "a", kind: "content", with: ["x"] }],
    });
    expect(outcome.evidence?.["output"]).toContain("a (content, also changed by x)\n<<<<<<< there\nx\n");
    expect(workspaces.repository.commit(outcome.checkpoint?.commit ?? "").files.get("a")).toContain(
      "=======",
    );
  });

  it("says in which files marks are left when nothing was done about them", async () => {
    const { land, y } = await createWriters();
    const { commit = "" } = (await land("y", y)).checkpoint ?? {};
    const { ok, evidence } = await land("y", commit);
    expect([ok, evidence?.["summary"]]).toEqual([false, "conflict marks are still in a"]);
    expect(evidence?.["output"]).toMatch(/^What an earlier conflict put into .*\n\na\n<<<<<<< there\n/);
  });

  it("names the first files of a refusal, and what was left where", () => {
    const conflict = { kind: "content", with: ["x"] };
    const all = ["a", "b", "c\n", "d", "e"].map((path) => ({ ...conflict, path }));
    expect(summaryOf(all)).toMatch(/^a, b, "c\\n" and 2 more changed here and meanwhile by x: /);
    expect(summaryOf(all.slice(0, 2))).toMatch(/^a and b changed here/);
    expect(
      summaryOf([
        { ...conflict, path: "log.txt", left: "marks" },
        { ...conflict, path: "bin~tutti 0-theirs", left: "beside" },
      ]),
    ).toBe(
      "conflict marks are still in log.txt; what a conflict put beside is still there: bin~tutti 0-theirs",
    );
  });

  it("says of each file that has no lines in conflict what is the case there", () => {
    const kinds = [
      ["logo.png", "binary"],
      ["old", "modify/delete"],
      ["lines", "content"],
    ] as const;
    expect(summaryOf(kinds.map(([path, kind]) => ({ path, kind, with: ["x"] })))).toBe(
      "logo.png (a binary file), old (deleted by one of both) and lines changed here and meanwhile by x: they cannot be brought together",
    );
  });

  it("takes what people brought together by hand", async () => {
    const { land, y, workspaces } = await createWriters();
    const { commit = "" } = (await land("y", y)).checkpoint ?? {};
    workspaces.files("/memory/r1/y").set("a", "x and y\n");
    expect(await land("y", commit)).toMatchObject({ ok: true });
    expect(workspaces.files("/memory/r1/run").get("a")).toBe("x and y\n");
  });

  it("is told when it makes a program say no that would have said yes before", async () => {
    const { first, gate, policy, perform, does, printed } = await createWriters();
    const undoTo = first.checkpoint?.commit ?? "";
    does((files, { print }) => {
      print("looking", "stdout");
      return files.get("a") === "x\n" ? { ok: false, exitCode: 1, stdout: "no" } : { ok: true, exitCode: 0 };
    });
    const outcome = await perform(gate(shell(), policy("", { undoTo })));
    expect(outcome.evidence).toEqual({
      exit_code: 1,
      output: expect.stringMatching(/^no\n\(it fails since the work of "x", checkpoint /) as string,
      at_fault: { node: "x", commit: undoTo, tried: 2, sure: true },
    });
    expect(printed).toEqual(["looking"]);
    does(() => ({ ok: false, failure: { code: "TIMEOUT", message: "late", class: "timeout" } }));
    expect((await perform(gate(shell(), policy("", { undoTo })))).evidence).toBeUndefined();
  });
});
