import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openTutti } from "../engine.ts";
import { isTuttiError } from "../errors.ts";
import type { Json } from "../expression/json.ts";
import { CoreRun, parallelOf } from "../testing/core-run.ts";
import { requireNothingLost } from "./lost.ts";
import type { Tutti } from "./tutti.ts";

interface Opened {
  readonly tutti: Tutti;
  readonly cwd: string;
  /** Removes what is stored of a text that begins so. */
  readonly lose: (beginning: string) => void;
}

async function opened(): Promise<Opened> {
  const cwd = mkdtempSync(join(tmpdir(), "tutti-lost-"));
  const home = join(cwd, ".tutti");
  const tutti = await openTutti({ cwd, home });
  onTestFinished(async () => {
    await tutti.close();
    rmSync(cwd, { recursive: true });
  });
  const lose = (beginning: string) => {
    const folder = join(home, "artifacts");
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).isFile() && readFileSync(path, "utf8").startsWith(beginning));
    expect(files).toHaveLength(1);
    for (const file of files) rmSync(file);
  };
  return { tutti, cwd, lose };
}

const chain = [
  { name: "first", run: "seq 1 8000" },
  { name: "second", run: "seq $(cat from) 8000", gates: [{ run: "seq 3 9000" }] },
  { name: "third", run: "test -f open", retry: 0 },
];

/** A run that failed at its third step, which would hold now. */
async function failedRun({ tutti, cwd }: Opened): Promise<string> {
  writeFileSync(join(cwd, "from"), "2");
  const handle = await tutti.start(await tutti.load({ kind: "object", value: { name: "lossy", chain } }));
  expect(await handle.done).toMatchObject({ status: "failed" });
  writeFileSync(join(cwd, "open"), "");
  return handle.id;
}

describe("a result that is lost", () => {
  it("stops a resume that would keep it, and says how to make it anew", async () => {
    const open = await opened();
    const id = await failedRun(open);
    open.lose("2\n3\n");
    const { findings } = await open.tutti.audit();
    const fixes = findings.map((found) => (found.source === "store" ? found.finding.fix : ""));
    expect(fixes).toEqual([expect.stringContaining(`tutti resume ${id} --from second`)]);
    for (const options of [{}, { from: "third" }]) {
      const error = await open.tutti.resume(id, options).catch((thrown: unknown) => thrown);
      expect(isTuttiError(error, "ARTIFACT_MISSING") && `${error.message} ${error.fix}`).toContain(
        `tutti resume ${id} --from second`,
      );
    }
    expect((await open.tutti.show(id)).status).toBe("failed");
  });

  it("does not stop one that makes it anew, nor any after that", async () => {
    const open = await opened();
    const id = await failedRun(open);
    open.lose("2\n3\n");
    writeFileSync(join(open.cwd, "from"), "5");
    const again = await open.tutti.resume(id, { from: "second" });
    expect(await again.done).toMatchObject({ status: "completed" });
    const view = await open.tutti.show(id);
    expect(view.nodes.map(({ address, reused }) => [address, reused])).toEqual([
      ["first", true],
      ["second", false],
      ["third", false],
    ]);
    expect(view.nodes[1]?.output).toMatch(/^5\n6\n/);
    const third = await open.tutti.resume(id, { from: "third" });
    expect(await third.done).toMatchObject({ status: "completed" });
  });

  it("stops nothing when it is only what a gate printed", async () => {
    const open = await opened();
    const id = await failedRun(open);
    open.lose('{"exit_code":0,"output":"');
    const again = await open.tutti.resume(id);
    expect(await again.done).toMatchObject({ status: "completed" });
  });

  it("is a matter as long as a step may still ask for it, and a signal's always", () => {
    const word = "[lost: it]";
    const steps = (first: string, second: string): Json[] => [
      { name: "a", run: first },
      { name: "b", run: second, depends_on: ["a"] },
    ];
    const run = new CoreRun(parallelOf(steps("one", "two")));
    run.ok("a");
    run.ok("b", { output: { deep: [null, word] } });
    run.give({ type: "restart", workflow: parallelOf(steps("other", "two")) });
    expect(() => requireNothingLost(run.state, [word])).toThrow('the result of "b"');
    expect(() => requireNothingLost(run.state, ["[lost: another]"])).not.toThrow();
    expect(() => requireNothingLost(run.state, undefined)).not.toThrow();
    run.give({ type: "restart", workflow: parallelOf(steps("other", "three")) });
    expect(() => requireNothingLost(run.state, [word])).not.toThrow();
    run.give({ type: "signal", name: "go", payload: word });
    expect(() => requireNothingLost(run.state, [word])).toThrow("a signal's payload");
  });
});
