import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeTerminal } from "../../../test/cli/terminal.ts";
import { openTutti } from "../../engine.ts";
import type { Tutti } from "../../verbs/tutti.ts";
import { FollowedFile } from "./watch-output.ts";
import { watchAll, watchRun } from "./watch.ts";

const text = `
name: demo
chain:
  steps:
    - {name: one, run: "echo from one"}
    - {name: two, function: hold}
`;

describe("watching", () => {
  let dir: string;
  let driver: Tutti;
  let watcher: Tutti;
  let hold: PromiseWithResolvers<null>;

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), "tutti-watch-"));
    hold = Promise.withResolvers<null>();
    driver = await openTutti({ cwd: dir, home: join(dir, "state"), functions: { hold: () => hold.promise } });
    watcher = await openTutti({ cwd: dir, home: join(dir, "state") });
  });

  afterEach(async () => {
    hold.resolve(null);
    await watcher.close();
    await driver.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const begin = async () => driver.start(await driver.load({ kind: "text", text }));

  it("prints a line for each event until the run ends", async () => {
    const run = await begin();
    const lines: string[] = [];
    const print = (line: string) => {
      lines.push(line);
      if (line.includes(" two")) hold.resolve(null);
    };
    expect(await watchRun(watcher, run.id, { print, pollMs: 5 })).toBe("completed");
    expect(lines.map((line) => line.slice(9)).slice(-3)).toEqual([
      "run        completing",
      "run        completed",
      `run ${run.id}: completed`.slice(9),
    ]);
    await run.done;
  });

  it("draws on a terminal what another process drives, with what the steps print", async () => {
    const run = await begin();
    const terminal = new FakeTerminal();
    const lines: string[] = [];
    const watched = watchRun(watcher, "@last", {
      out: terminal.asStream(),
      print: (line) => lines.push(line),
      pollMs: 5,
    });
    await terminal.shows("two");
    hold.resolve(null);
    expect(await watched).toBe("completed");
    expect(terminal.written).toContain("verified");
    expect(lines).toEqual([`run ${run.id}: completed`]);
    await run.done;
  });

  it("ends by its signal and leaves the run as it is", async () => {
    const run = await begin();
    const stop = new AbortController();
    const print = () => stop.abort();
    const status = await watchRun(watcher, run.id, { print, signal: stop.signal, pollMs: 5 });
    expect(status).not.toBe("completed");
    hold.resolve(null);
    expect((await run.done).status).toBe("completed");
  });

  it("says how to go on with a run that nobody drives", async () => {
    const run = await begin();
    run.stop("test");
    hold.resolve(null);
    await run.done;
    const lines: string[] = [];
    const status = await watchRun(watcher, run.id, { print: (line) => lines.push(line), pollMs: 5 });
    const expected = status === "completed" ? "completed" : `tutti resume ${run.id}`;
    expect(lines.at(-1)).toContain(expected);
  });

  it("refuses a run that does not exist", async () => {
    await expect(watchRun(watcher, "nope", { print: () => {} })).rejects.toMatchObject({
      code: "RUN_NOT_FOUND",
    });
  });

  it("says that there is no run yet, once", async () => {
    const stop = new AbortController();
    const lines: string[] = [];
    const runs = () => {
      looks += 1;
      if (looks === 3) stop.abort();
      return Promise.resolve([]);
    };
    let looks = 0;
    await watchAll({ runs }, { print: (line) => lines.push(line), signal: stop.signal, pollMs: 1 });
    expect(lines).toEqual(["there is no run yet; waiting for one"]);
  });

  it("prints each change of every run", async () => {
    const run = await begin();
    const stop = new AbortController();
    const lines: string[] = [];
    const print = (line: string) => {
      lines.push(line.slice(9));
      hold.resolve(null);
      if (line.includes("completed")) stop.abort();
    };
    await watchAll(watcher, { print, signal: stop.signal, pollMs: 5 });
    expect(lines.at(-1)).toBe(`completed    ${run.id} demo`);
    expect(new Set(lines).size).toBe(lines.length);
    await run.done;
  });

  it("draws the table of runs until its signal", async () => {
    const run = await begin();
    const terminal = new FakeTerminal();
    const stop = new AbortController();
    const watched = watchAll(watcher, {
      out: terminal.asStream(),
      print: () => {},
      signal: stop.signal,
      pollMs: 5,
    });
    await terminal.shows(run.id);
    stop.abort();
    await watched;
    expect(terminal.written).toContain("1 run");
    hold.resolve(null);
    await run.done;
  });
});

describe("an output file that is followed", () => {
  it("gives whole lines as they come, and of much output only the end", async () => {
    const dir = mkdtempSync(join(tmpdir(), "tutti-output-"));
    const path = join(dir, "a.log");
    const file = new FollowedFile(path);
    expect(await file.read()).toEqual([]);
    writeFileSync(path, "  one\n! bad\n  ha");
    expect(await file.read()).toEqual([
      { text: "one", stream: "stdout" },
      { text: "bad", stream: "stderr" },
    ]);
    appendFileSync(path, "lf 日\n");
    expect(await file.read()).toEqual([{ text: "half 日", stream: "stdout" }]);
    expect(await file.read()).toEqual([]);
    appendFileSync(path, Array.from({ length: 100_000 }, (_, line) => `  ${line}\n`).join(""));
    const lines = await file.read();
    expect(lines.length).toBeLessThan(50_000);
    expect(lines.at(-1)).toEqual({ text: "99999", stream: "stdout" });
    expect(lines.every(({ text: each }) => /^\d{5}$/.test(each))).toBe(true);
    rmSync(dir, { recursive: true });
  });
});
