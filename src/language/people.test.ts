import { describe, expect, it } from "vitest";
import type { Json } from "../expression/json.ts";
import { loadObject } from "./load.ts";
import { type AskAction, standardEscalation } from "./asking.ts";

function load(step: Json) {
  return loadObject({ chain: [step] });
}

function askOf(step: Json): AskAction {
  const { workflow, problems } = load(step);
  const action = workflow?.chain.steps[0]?.action;
  if (action?.kind !== "ask") throw new Error(JSON.stringify(problems));
  return action;
}

function problemsOf(step: Json): readonly string[] {
  return load(step).problems.map(({ code, message }) => `${code} ${message}`);
}

describe("an approval", () => {
  it("has defaults: anybody, one person, no deadline, no escalation", () => {
    expect(askOf({ approval: "Ship?" })).toEqual({
      kind: "ask",
      ask: "approval",
      text: "Ship?",
      by: [],
      quorum: 1,
      escalate: [],
    });
  });

  it("escalates by default at 5, 20 and 80 minutes, as far as the deadline allows", () => {
    expect(askOf({ approval: "Ship?", escalate: "default" }).escalate).toEqual(standardEscalation);
    expect(standardEscalation.map(({ afterMs }) => afterMs / 60_000)).toEqual([5, 20, 80]);
    const soon = askOf({ approval: "Ship?", escalate: "default", deadline: "20m" });
    expect(soon.escalate).toEqual(standardEscalation.slice(0, 1));
  });

  it("has its levels in the order of their times", () => {
    const { escalate } = askOf({
      approval: "Ship?",
      escalate: [
        { after: "2h", notify: "handover" },
        { after: "5m", notify: "desktop" },
        { after: "1h", notify: { file: "asks.jsonl" } },
        { after: "1h", notify: { command: "tell" } },
      ],
    });
    expect(escalate.map(({ notify }) => notify)).toEqual([
      "desktop",
      { file: "asks.jsonl" },
      { command: "tell" },
      "handover",
    ]);
  });

  it("refuses what cannot be: too many people, levels after the deadline, secrets that people would read", () => {
    expect(problemsOf({ approval: "Ship?", by: ["ann"], quorum: 2 })).toEqual([
      expect.stringMatching(/^BAD_VALUE .*2 must approve and only 1 may/),
    ]);
    const late = { approval: "Ship?", deadline: "1m", escalate: [{ after: "2m", notify: "terminal" }] };
    expect(problemsOf(late)).toEqual([expect.stringContaining("the deadline has passed by that time")]);
    expect(problemsOf({ approval: "Ship ${ secrets.TOKEN }?" })).toHaveLength(1);
    expect(problemsOf({ approval: "Ship?", otherwise: "approve" })).toHaveLength(1);
    expect(problemsOf({ approval: "Ship?", escalate: "soon" })).toEqual([
      expect.stringContaining("default, or a list"),
    ]);
    expect(problemsOf({ approval: "Ship?", escalate: [{ after: "1m", notify: "pigeon" }] })).toHaveLength(1);
    expect(problemsOf({ approval: "Ship?", escalate: [{ notify: "terminal" }] })).toHaveLength(1);
    const two = { after: "1m", notify: { file: "a", command: "b" } };
    expect(problemsOf({ approval: "Ship?", escalate: [two] })).toHaveLength(1);
  });
});

describe("a question", () => {
  it("has an answer of a type, one of a list, or of a schema", () => {
    expect(askOf({ question: "How many?", answer: "integer" }).schema).toEqual({ type: "integer" });
    expect(askOf({ question: "Which?", answer: ["red", 2] }).schema).toEqual({ enum: ["red", 2] });
    expect(askOf({ question: "What?" }).schema).toEqual({ type: "string" });
    const shape = { type: "object", properties: { host: { type: "string" } } };
    expect(askOf({ question: "Where?", answer: shape }).schema).toMatchObject(shape);
  });

  it("refuses an `otherwise` that is no answer, a quorum, and a type that is none", () => {
    const otherwise = { question: "Which?", answer: ["red"], deadline: "1m", otherwise: "blue" };
    expect(problemsOf(otherwise)).toHaveLength(1);
    expect(problemsOf({ question: "Which?", quorum: 2 })).toHaveLength(1);
    expect(problemsOf({ question: "Which?", answer: "strin" })).toEqual([
      expect.stringMatching(/^BAD_VALUE/),
    ]);
    expect(problemsOf({ approval: "Ship?", answer: "string" })).toHaveLength(1);
  });
});
