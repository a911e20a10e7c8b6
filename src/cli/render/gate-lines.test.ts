import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../expression/json.ts";
import { resultLines } from "./gate-lines.ts";
import type { Shown } from "./out.ts";

function textOf(shown: Shown): string {
  const pieces = typeof shown === "string" ? [shown] : shown;
  return pieces.map((piece) => (typeof piece === "string" ? piece : piece.text)).join("");
}

function linesOf(evidence: JsonObject, passed = true): readonly string[] {
  return resultLines({ name: "g", passed, evidence }, { indent: "", about: "" }).map(textOf);
}

describe("the evidence of a gate", () => {
  it("says who said yes and why, though the gate held", () => {
    const asked = "Keep it?";
    expect(linesOf({ asked, approved: true, by: ["ann", "bob"], reason: "read it" })).toEqual([
      "gate g held: ann and bob said yes: read it",
      "  asked: Keep it?",
    ]);
    expect(linesOf({ asked, approved: true, by: [] })[0]).toBe(
      "gate g held: nobody answered before the deadline, and its `otherwise` stands",
    );
    expect(linesOf({ asked, approved: false, by: ["ann"], summary: "ann said no" }, false)).toEqual([
      "gate g did not hold: ann said no",
      "  asked: Keep it?",
    ]);
  });

  it("lists of a landing that held the files that a side has decided", () => {
    const summary = "2 files came into the tree of the run";
    const came = { summary, landed: "c1", files: ["f", "g"], side: "ours" };
    expect(linesOf(came)).toEqual([`gate g held: ${summary}`]);
    expect(linesOf({ ...came, decided: ["f", "g"] })).toEqual([
      `gate g held: ${summary}`,
      "  decided:",
      "    f",
      "    g",
    ]);
  });

  it("says what a judge went by and looked at, held or not, and of very much only the first", () => {
    const looked = Array.from({ length: 12 }, (_, at) => ({ file: `${at}.ts`, hash: `sha256:${at}` }));
    const verdict = { judge: "mock", self_judged: true, looked, reasons: ["a", "b"], evidence: [] };
    const facts = ["  judge: mock", "  self_judged: true", "  looked:", "    0.ts sha256:0"];
    const held = linesOf({ ...verdict, summary: "it holds (90 of 100)", pass: true, score: 90 });
    expect(held.slice(0, 5)).toEqual(["gate g held: it holds (90 of 100)", ...facts]);
    expect(held.slice(14)).toEqual(["    … and 2 more", "  reasons:", "    a", "    b"]);
    const not = linesOf({ ...verdict, summary: "it does not", pass: false, output: "- a\n- b" }, false);
    expect(not.slice(1)).toEqual(held.slice(1));
  });

  it("says of a program that held no more than that, and what one printed that did not", () => {
    expect(linesOf({ exit_code: 0, output: "all well" })).toEqual(["gate g held"]);
    expect(linesOf({ exit_code: 1, output: "one\ntwo" }, false)).toEqual([
      "gate g did not hold",
      "  exit_code: 1",
      "  output:",
      "    one",
      "    two",
    ]);
  });
});
