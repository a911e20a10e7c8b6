import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { FakeTerminal } from "../../../test/cli/terminal.ts";
import { workedFigures } from "../../../test/cli/figures.ts";
import { nodeView, runView } from "../../../test/cli/views.ts";
import type { AskView, RunView } from "../../core/view.ts";
import { lineText } from "./lines.ts";
import { askedText, askLineOf, mayApprove } from "./live-asks.ts";
import { LiveModel } from "./live-model.ts";
import type { LiveNews, LiveRun } from "./live-run.ts";
import { keysOf, openScreen } from "./live-screen.ts";
import { holdTerminal } from "./live-terminal.ts";
import { viewRun } from "./live-view.ts";
import { asciiGlyphs } from "./words.ts";

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

const question: AskView = {
  kind: "question",
  text: "Sure?",
  askedAt: 0,
  line: "tutti approve run1 ship --as ann",
  by: [],
  quorum: 1,
  answers: [],
  level: 0,
  levels: 0,
};

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

  it("has a row for each stage of a pipeline, and leaves them behind", async () => {
    const [run, terminal] = [new ScriptedRun(), new FakeTerminal()];
    run.shown = runView([nodeView("events", { status: "running", startedAt: 0, action: "pipeline" })]);
    const ended = view(run, terminal);
    await terminal.shows("running");
    run.tell({ kind: "stream", address: "events", figures: workedFigures });
    await terminal.shows("out.jsonl");
    run.end();
    expect(await ended).toBe("over");
    const [, left = ""] = terminal.written.split(alternateScreen.leave);
    expect(stripVTControlCharacters(left)).toMatch(/explain +11,290 .*\n +(?:→|->) out\.jsonl +11,290 /);
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
      backspace: false,
      delete: false,
      ctrl: false,
    };
    expect(keysOf("", { ...none, upArrow: true })).toEqual(["up"]);
    expect(keysOf("", { ...none, delete: true })).toEqual(["backspace"]);
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

describe("a person before the view", () => {
  it("says why when they reject something, and is told when that is not taken, for a while", () => {
    const run = new ScriptedRun();
    const ask = { ...question, kind: "approval", by: ["ann"] } as const;
    run.shown = runView([nodeView("ship", { status: "waiting", startedAt: 0, ask })]);
    let now = 0;
    const given = { glyphs: asciiGlyphs, keys: true, now: () => now };
    const model = new LiveModel(Object.assign(run, { person: "ann", answer: () => {} }), given);
    const last = () => lineText(model.frame({ columns: 100, rows: 20 }).at(-1) ?? []).trimEnd();
    expect(last()).toContain("a approve   r reject");
    expect(model.type("x")).toBe(false);
    model.press("r");
    expect(model.type("too longg")).toBe(true);
    model.press("backspace");
    expect(last()).toBe("Reject ship, because: too long_  Enter reject it   Esc not now");
    expect(model.press("enter")).toBe("reject");
    expect(model.reason).toBe("too long");
    model.remark("Cannot answer\n");
    expect(last()).toBe("Cannot answer");
    now = 60_000;
    expect(last()).toContain("a approve   r reject");
  });

  it("is offered no key for what somebody else is asked, but the line to type", () => {
    const run = new ScriptedRun();
    const ask = { ...question, kind: "approval", by: ["ann"] } as const;
    run.shown = runView([
      nodeView("ship", { status: "waiting", startedAt: 0, ask, dueAt: new Date(2026, 0, 1, 9).getTime() }),
      nodeView("size", {
        status: "waiting",
        startedAt: 0,
        ask: { ...question, line: "tutti answer run1 size N" },
      }),
    ]);
    const given = { glyphs: asciiGlyphs, keys: true, now: () => 0 };
    const model = new LiveModel(Object.assign(run, { person: "root", answer: () => {} }), given);
    const lines = () => model.frame({ columns: 100, rows: 20 }).map((line) => lineText(line).trimEnd());
    expect(lines().at(-1)).not.toContain("approve");
    expect(lines()).toContain("ship asks: tutti approve run1 ship --as ann   (1 more: tutti asks run1)");
    expect(lines().find((line) => line.includes("= ship"))).toMatch(/Sure\? by ann until 09:00:00$/);
    model.press("end");
    expect(lines()).toContain("size asks: tutti answer run1 size N   (1 more: tutti asks run1)");
  });

  it("is told what is asked and by what, and what a key answers is not told again", () => {
    expect(askedText({ ...question, gate: "sign", quorum: 2 })).toBe('gate "sign": Sure? (0 of 2 so far)');
    const node = nodeView("ship", { status: "waiting", ask: { ...question, kind: "approval" } });
    expect(mayApprove(node, undefined)).toBe(true);
    expect(mayApprove(node, "ann")).toBe(true);
    const again = { ...question, kind: "approval", answers: [{ value: true, by: "ann" }] } as const;
    expect(mayApprove({ ...node, ask: again }, "ann")).toBe(false);
    expect(askLineOf(runView([node]), { selected: undefined, byKey: "ship" })).toBeUndefined();
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
