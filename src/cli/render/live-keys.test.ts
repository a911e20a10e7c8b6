import { array, assert, constantFrom, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { firstUi, type Key, type KeyContext, press, type, type Ui } from "./live-keys.ts";

const context: KeyContext = {
  order: ["a", "b", "c", "d", "e"],
  shown: ["b", "c"],
  page: 3,
  outputLines: 10,
  paused: false,
};

const after = (keys: readonly Key[], from: Ui = firstUi) =>
  keys.reduce((ui, key) => press(ui, key, context).ui, from);

describe("keys", () => {
  it("ask the run to pause, or to go on when it is paused", () => {
    expect(press(firstUi, "p", context).act).toBe("pause");
    expect(press(firstUi, "p", { ...context, paused: true }).act).toBe("resume");
  });

  it("cancel only after the question was answered with yes", () => {
    const asked = press(firstUi, "c", context);
    expect(asked).toEqual({ ui: { ...firstUi, mode: "confirm" } });
    expect(press(asked.ui, "y", context)).toEqual({ ui: firstUi, act: "cancel" });
    expect(press(asked.ui, "other", context)).toEqual({ ui: firstUi });
    expect(press(asked.ui, "q", context)).toEqual({ ui: firstUi });
  });

  it("say yes or no to an approval, after the question was answered with yes", () => {
    const asking = { ...context, approval: "b" };
    const approving = press(firstUi, "a", asking);
    expect(approving).toEqual({ ui: { mode: "approve", selected: "b", back: 0 } });
    expect(press(approving.ui, "y", asking)).toEqual({
      ui: { mode: "tree", selected: "b", back: 0 },
      act: "approve",
    });
    expect(press(approving.ui, "r", asking).act).toBeUndefined();
    expect(press(firstUi, "a", context)).toEqual({ ui: firstUi });
  });

  it("say no to an approval only with a reason, which is typed", () => {
    const asking = { ...context, approval: "b" };
    const { ui } = press(firstUi, "r", asking);
    expect(ui).toEqual({ mode: "reject", selected: "b", back: 0 });
    expect(press(ui, "enter", asking).act).toBeUndefined();
    expect(press(ui, "r", asking).ui.mode).toBe("reject");
    const typed = type(type(ui, " not\u001b[2J now") ?? ui, "!") ?? ui;
    expect(press(typed, "enter", asking)).toEqual({
      ui: { mode: "tree", selected: "b", back: 0 },
      act: "reject",
      reason: "not now!",
    });
    expect(press(typed, "backspace", asking).ui.typed).toBe(" not now");
    expect(press(typed, "escape", asking)).toEqual({ ui: { mode: "tree", selected: "b", back: 0 } });
    expect(type(ui, "x".repeat(1000))?.typed).toHaveLength(500);
    expect(type(firstUi, "r")).toBeUndefined();
  });

  it("leave the view, and interrupt from everywhere", () => {
    expect(press(firstUi, "q", context).act).toBe("leave");
    expect(press({ ...firstUi, mode: "confirm" }, "interrupt", context).act).toBe("interrupt");
  });

  it("select from what is shown, then along all steps, never beyond", () => {
    expect(after(["down"]).selected).toBe("b");
    expect(after(["up"]).selected).toBe("c");
    expect(after(["pageup"]).selected).toBe("b");
    expect(after(["pagedown"]).selected).toBe("c");
    expect(after(["down", "up", "up", "up"]).selected).toBe("a");
    expect(after(["down", "pagedown"]).selected).toBe("e");
    expect(after(["up", "pageup"]).selected).toBe("a");
    expect(after(["end", "home"]).selected).toBe("a");
    expect(after(["end", "escape"])).toEqual(firstUi);
    expect(after(["y"])).toEqual(firstUi);
    expect(press(firstUi, "down", { ...context, shown: [] }).ui).toEqual(firstUi);
    expect(press(firstUi, "enter", { ...context, shown: [] }).ui).toEqual(firstUi);
  });

  it("open the output of a step, scroll in it and go back", () => {
    const output = after(["enter"]);
    expect(output).toEqual({ mode: "output", selected: "b", back: 0 });
    expect(after(["up", "up", "down"], output).back).toBe(1);
    expect(after(["pageup"], output).back).toBe(3);
    expect(after(["home"], output).back).toBe(7);
    expect(after(["home", "pagedown", "end", "down"], output).back).toBe(0);
    expect(after(["other"], output)).toEqual(output);
    expect(after(["up", "enter"], output)).toEqual({ mode: "tree", selected: "b", back: 0 });
    expect(after(["escape"], output).mode).toBe("tree");
  });

  it("never select a step that does not exist, whatever is pressed", () => {
    const keys = constantFrom<Key>(
      "up",
      "down",
      "pageup",
      "pagedown",
      "home",
      "end",
      "enter",
      "escape",
      "backspace",
      "a",
      "c",
      "p",
      "r",
      "y",
      "other",
    );
    assert(
      property(array(keys), (pressed) => {
        const ui = after(pressed);
        expect([undefined, ...context.order]).toContain(ui.selected);
        expect(ui.back).toBeGreaterThanOrEqual(0);
        expect(ui.back).toBeLessThanOrEqual(context.outputLines);
      }),
    );
  });
});
