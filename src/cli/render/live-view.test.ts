import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { FakeTerminal } from "../../../test/cli/terminal.ts";
import { nodeView, runView } from "../../../test/cli/views.ts";
import type { RunView } from "../../core/view.ts";
import type { LiveNews, LiveRun } from "./live-run.ts";
import { keysOf, openScreen } from "./live-screen.ts";
import { holdTerminal } from "./live-terminal.ts";
import { viewRun } from "./live-view.ts";

const alternateScreen = { enter: "\u001b[?1049h", leave: "\u001b[?1049l" };

/** A run of which the test says what happens. */
class ScriptedRun implements LiveRun {
  readonly id = "run1";
  readonly listeners = new Set<(news: LiveNews) => void>();
  readonly #end = Promise.withResolvers<void>();
  readonly done = this.#end.promise;
  shown: RunView = runView([nodeView("a", { status: "running", startedAt: Date.now() })]);

  view(): RunView {
    return this.shown;
  }

  on(listener: (news: LiveNews) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  pause(): void {}

  cancel(): void {}

  tell(news: LiveNews): void {
    for (const listener of this.listeners) listener(news);
  }

  end(error?: Error): void {
    if (error) this.#end.reject(error);
    else this.#end.resolve();
  }
}

const view = (run: LiveRun, terminal: FakeTerminal, signal = new AbortController().signal) =>
  viewRun(run, { out: terminal.asStream(), interrupt: "run", signal });

describe("the live view", () => {
  it("draws on a screen of its own and leaves the steps behind when the run is over", async () => {
    const [run, terminal] = [new ScriptedRun(), new FakeTerminal()];
    const ended = view(run, terminal);
    await terminal.shows("running");
    run.tell({
      kind: "line",
      line: { address: "a", attempt: 1, line: "\u001b[2Jcompiling", stream: "stdout" },
    });
    await terminal.shows("compiling");
    run.shown = runView([nodeView("a", { status: "verified", startedAt: 0, endedAt: 1200 })]);
    run.tell({ kind: "events", events: [] });
    run.end();
    expect(await ended).toBe("over");
    const [drawn = "", left = ""] = terminal.written.split(alternateScreen.leave);
    expect(drawn.startsWith(alternateScreen.enter)).toBe(true);
    expect(drawn).not.toContain("\u001b[2Jcompiling");
    expect(stripVTControlCharacters(left)).toContain("verified     1.2s  compiling\n");
    // The cursor is there again.
    expect(left).toContain("\u001b[?25h");
    expect(run.listeners.size).toBe(0);
  });

  it("ends like any other when the run breaks", async () => {
    const [run, terminal] = [new ScriptedRun(), new FakeTerminal()];
    const ended = view(run, terminal);
    await terminal.shows("running");
    run.end(new Error("the disk is full"));
    expect(await ended).toBe("over");
  });

  it("draws for the new size as soon as the terminal has it", async () => {
    const [run, terminal] = [new ScriptedRun(), new FakeTerminal()];
    run.shown = runView(Array.from({ length: 30 }, (_, index) => nodeView(`s${index}`)));
    const ended = view(run, terminal);
    await terminal.shows("23 more");
    terminal.resize(40, 20);
    await terminal.shows("15 more");
    run.end();
    expect(await ended).toBe("over");
  });

  it("is over when nobody wants it any more, before it began or later", async () => {
    const [run, terminal] = [new ScriptedRun(), new FakeTerminal()];
    expect(await view(run, terminal, AbortSignal.abort())).toBe("aborted");
    const stop = new AbortController();
    const ended = view(run, terminal, stop.signal);
    await terminal.shows("running");
    stop.abort();
    expect(await ended).toBe("aborted");
  });
});

describe("the screen", () => {
  it("keeps what others write until it is closed, and tells of it", async () => {
    const terminal = new FakeTerminal();
    const held: string[] = [];
    const screen = await openScreen({
      out: terminal.asStream(),
      onKey: () => {},
      onResize: () => {},
      onHeld: (text) => held.push(text),
    });
    screen.draw(["hello"]);
    await terminal.shows("hello");
    const written = new Promise<void>((resolve) => {
      terminal.write("one\n", () => resolve());
    });
    terminal.write(Buffer.from("two\n"));
    await written;
    expect(held).toEqual(["one\n", "two\n"]);
    expect(terminal.written).not.toContain("one");
    await screen.close();
    expect(terminal.written.endsWith("one\ntwo\n")).toBe(true);
    terminal.write("three");
    expect(terminal.written.endsWith("three")).toBe(true);
  });

  it("leaves React's choice of build to itself", async () => {
    const terminal = new FakeTerminal();
    const before = process.env["NODE_ENV"];
    const screen = await openScreen({ out: terminal.asStream(), onKey: () => {}, onResize: () => {} });
    expect(process.env["NODE_ENV"]).toBe(before);
    await screen.close();
  });

  it("knows keys by their names and letters", () => {
    const none = {
      upArrow: false,
      downArrow: false,
      pageUp: false,
      pageDown: false,
      home: false,
      end: false,
      return: false,
      escape: false,
      ctrl: false,
    };
    expect(keysOf("", { ...none, upArrow: true })).toEqual(["up"]);
    expect(keysOf("\r", { ...none, return: true })).toEqual(["enter"]);
    expect(keysOf("c", { ...none, ctrl: true })).toEqual(["interrupt"]);
    expect(keysOf("p", { ...none, ctrl: true })).toEqual(["other"]);
    expect(keysOf("cy", none)).toEqual(["c", "y"]);
    expect(keysOf("cypress", none)).toEqual([]);
    expect(["c", "p", "q", "y", "j", "k", "x"].flatMap((typed) => keysOf(typed, none))).toEqual([
      "c",
      "p",
      "q",
      "y",
      "down",
      "up",
      "other",
    ]);
  });
});

describe("a terminal that dies", () => {
  it("is noticed by its errors and by the hang-up, and harms nobody", () => {
    const terminal = new FakeTerminal();
    const before = process.listenerCount("SIGHUP");
    const first = holdTerminal({ out: terminal.asStream() });
    terminal.emit("error", new Error("EIO"));
    expect(first.gone.aborted).toBe(true);
    first.release();
    const second = holdTerminal({ out: terminal.asStream() });
    process.emit("SIGHUP");
    expect(second.gone.aborted).toBe(true);
    second.release();
    expect([terminal.listenerCount("error"), process.listenerCount("SIGHUP")]).toEqual([0, before]);
  });
});
