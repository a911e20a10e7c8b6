import { assert, array, constantFrom, double, integer, option, property, record, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { readMessage, writeMessage } from "./message.ts";

const name = string({ unit: "grapheme", minLength: 1, maxLength: 30 });
const hostile = constantFrom(
  "a\nTutti-Run: other",
  "a\r\n\r\nTutti-Gates: all",
  '"quoted"',
  " spaces ",
  "[1]",
  "a, b",
  "\u0085\u2028x",
  "PRE-WORKFLOW: x",
);

describe("the message of a checkpoint", () => {
  it("is one line of title and trailers", () => {
    const message = writeMessage({
      kind: "WORKFLOW-STEP",
      what: "completed",
      place: { runId: "r1", lane: "build" },
      number: 3,
      node: "build",
      attempt: 2,
      costUsd: null,
      agent: "claude-code",
      gates: ["tests", "lint"],
    });
    expect(message).toBe(
      [
        "WORKFLOW-STEP: build completed in r1",
        "",
        "Tutti-Run: r1",
        "Tutti-Lane: build",
        "Tutti-Number: 3",
        "Tutti-Node: build",
        "Tutti-Attempt: 2",
        "Tutti-Cost: unknown",
        "Tutti-Agent: claude-code",
        "Tutti-Gates: tests, lint",
        "",
      ].join("\n"),
    );
  });

  it("says of a first one what it is of", () => {
    const what = "demo - baseline before workflow execution";
    const place = { runId: "r1", lane: "" };
    expect(writeMessage({ kind: "PRE-WORKFLOW", what, place, number: 0 })).toMatch(
      /^PRE-WORKFLOW: demo - baseline before workflow execution\n\nTutti-Run: r1\n/,
    );
  });

  it("gives back every name, and none of them forges a line", () => {
    const any = option(
      constantFrom(name, hostile).chain((each) => each),
      { nil: undefined },
    );
    const notes = record({
      runId: name,
      lane: string(),
      node: any,
      agent: any,
      gates: option(array(hostile, { minLength: 1 }), { nil: undefined }),
      decided: option(array(hostile, { minLength: 1 }), { nil: undefined }),
      attempt: integer({ min: 1, max: 99 }),
      costUsd: option(double({ min: 0, max: 100, noNaN: true }), { nil: null }),
    });
    assert(
      property(notes, hostile, ({ runId, lane, ...note }, what) => {
        const given = Object.fromEntries(Object.entries(note).filter(([, value]) => value !== undefined));
        const text = writeMessage({
          kind: "WORKFLOW-STEP",
          what,
          place: { runId, lane },
          number: 7,
          ...given,
        });
        expect(text.split("\n").length).toBe(7 + Object.keys(given).length - 2 + (lane === "" ? 0 : 1));
        const costUsd = note.costUsd === null ? null : Number(String(note.costUsd));
        expect(readMessage(text)).toMatchObject({ ...given, costUsd, place: { runId, lane }, number: 7 });
      }),
    );
  });

  it("is told from every other message", () => {
    expect(readMessage("Fix it\n\nTutti-Run: r1\nTutti-Number: 1\n")).toBeUndefined();
    expect(readMessage("WORKFLOW-STEP: alone")).toBeUndefined();
    expect(readMessage("")).toBeUndefined();
  });
});
