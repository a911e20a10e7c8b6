import { describe, expect, it } from "vitest";
import type { Gate } from "../gate.ts";
import { loadWorkflow } from "../load.ts";

function gates(written: string, key = "gates"): readonly Gate[] {
  const { workflow, problems } = loadWorkflow(`chain:\n- {name: a, run: x, ${key}: [${written}]}\n`);
  expect(problems).toEqual([]);
  const step = workflow?.chain.steps[0];
  return (key === "gates" ? step?.gates : step?.before) ?? [];
}

const shared = { level: "blocking", retry: 0 };

describe("judge", () => {
  it("takes criteria, a prompt, a threshold, an agent and its model", () => {
    expect(
      gates("{judge: {criteria: [b, c], prompt: p, threshold: 80, agent: x, model: m}, timeout: 5m}"),
    ).toEqual([
      {
        kind: "judge",
        question: { about: "criteria", criteria: ["b", "c"], prompt: "p" },
        threshold: 80,
        agent: "x",
        model: "m",
        name: "judge: b",
        timeoutMs: 300_000,
        ...shared,
      },
    ]);
  });

  it.each(["{judge: b}", "{judge: {criteria: b}}", "{judge: {criteria: [b]}}"])(
    "takes one criterion: %s",
    (written) => {
      expect(gates(written)).toMatchObject([
        { question: { about: "criteria", criteria: ["b"] }, name: "judge: b" },
      ]);
    },
  );

  it("goes by its prompt when it has no criteria", () => {
    expect(gates("{judge: {prompt: p}}")).toMatchObject([{ name: "judge: p", question: { criteria: [] } }]);
  });

  it("names an agent that there is", () => {
    const text = "chain:\n- {run: x, gates: [{judge: {criteria: b, agent: clade}}]}\n";
    const { problems } = loadWorkflow(text, { agents: ["claude"] });
    expect(problems).toMatchObject([{ code: "UNKNOWN_AGENT", fix: 'write "claude"' }]);
  });

  it("refers to its own step, and to what there is only", () => {
    expect(gates('{judge: "good: ${ a.stdout }"}')).toHaveLength(1);
    const { problems } = loadWorkflow(
      'chain:\n- {name: a, run: x, gates: [{judge: "good: ${ b.stdout }"}]}\n',
    );
    expect(problems).toMatchObject([{ code: "UNKNOWN_NAME" }]);
  });
});

describe("duplication", () => {
  it.each(["{duplication: d}", "{duplication: {criterion: d}}"])(
    "takes what there must not be twice: %s",
    (written) => {
      expect(gates(written, "before")).toMatchObject([
        { kind: "judge", question: { about: "duplication", criterion: "d" }, name: "no duplicate: d" },
      ]);
    },
  );

  it("is named without its templates", () => {
    const written = '{duplication: "a helper for ${ a.stdout } and ${ run.name }"}';
    expect(gates(written)).toMatchObject([{ name: "no duplicate: a helper for … and …" }]);
    expect(gates('{judge: "good: ${ a.stdout }"}')).toMatchObject([{ name: "judge: good: …" }]);
  });

  it("takes an agent and its model", () => {
    expect(gates("{duplication: {criterion: d, agent: x, model: m}, name: n}")).toMatchObject([
      { agent: "x", model: "m", name: "n" },
    ]);
  });

  it("is a text or an object", () => {
    const { problems } = loadWorkflow("chain:\n- {run: x, gates: [{duplication: 5}]}\n");
    expect(problems).toMatchObject([{ code: "WRONG_TYPE" }]);
  });
});

describe("human", () => {
  it.each(["human", "approval"])("asks as an approval step does: %s", (key) => {
    expect(
      gates(
        `{${key}: ok?, by: [ann, bob], quorum: 2, deadline: 1h, otherwise: reject, escalate: default, retry: 2}`,
      ),
    ).toMatchObject([
      {
        kind: "human",
        name: key,
        retry: 2,
        ask: {
          ask: "approval",
          text: "ok?",
          by: ["ann", "bob"],
          quorum: 2,
          deadlineMs: 3_600_000,
          otherwise: false,
        },
      },
    ]);
  });

  it("is a text", () => {
    const { problems } = loadWorkflow("chain:\n- {run: x, gates: [{human: 5}, {approval: 5}]}\n");
    expect(problems).toMatchObject([{ code: "WRONG_TYPE" }, { code: "WRONG_TYPE" }]);
  });
});

describe("a gate that would ask nothing, or nobody,", () => {
  it.each(["judge: {criteria: []}", 'judge: ""', 'duplication: " "', "{human: ok?, by: []}"])(
    "is refused: %s",
    (gate) => {
      const text = `chain:\n  - {name: a, run: x, gates: [${gate.startsWith("{") ? gate : `{${gate}}`}]}`;
      expect(loadWorkflow(text).problems).toMatchObject([{ code: "BAD_VALUE" }]);
    },
  );
});
