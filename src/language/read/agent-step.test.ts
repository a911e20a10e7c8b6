import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../expression/json.ts";
import { standardEscalation } from "../asking.ts";
import { loadObject } from "../load.ts";

function load(rest: JsonObject, work: JsonObject = { prompt: "do it" }) {
  return loadObject({ name: "x", chain: { steps: [{ name: "a", ...work, ...rest }] } });
}

function actionOf(rest: JsonObject, work?: JsonObject) {
  const { workflow, problems } = load(rest, work);
  expect(problems).toEqual([]);
  return workflow?.chain.steps[0]?.action;
}

function problemsOf(rest: JsonObject, work?: JsonObject): readonly string[] {
  return load(rest, work).problems.map(
    ({ code, message }) => `${code} ${message.replace(/ \(at .*\)$/, "")}`,
  );
}

const asking = { kind: "ask", ask: "approval", text: "", by: [], quorum: 1, escalate: [] };

describe("what an agent is given for a step", () => {
  it.each([[{ prompt: "do it" }], [{ command: "/do" }]])("is the same on %j", (work) => {
    const given = { skills: "style", subagents: ["reviewer", "tester"], permissions: "deny" };
    expect(actionOf(given, work)).toMatchObject({
      skills: ["style"],
      subagents: ["reviewer", "tester"],
      permissions: "deny",
    });
  });

  it("means nothing where no agent is asked", () => {
    expect(problemsOf({ skills: ["style"], subagents: ["s"], permissions: "ask" }, { run: "true" })).toEqual([
      'UNKNOWN_KEY Cannot use "skills" here: it means nothing on a step of this kind (run)',
      'UNKNOWN_KEY Cannot use "subagents" here: it means nothing on a step of this kind (run)',
      'UNKNOWN_KEY Cannot use "permissions" here: it means nothing on a step of this kind (run)',
    ]);
  });
});

describe("permissions", () => {
  it.each<[Json, object]>([
    ["ask", asking],
    [{}, asking],
    [
      { by: ["ann", "bob"], quorum: 2, deadline: "1h", otherwise: "reject" },
      { ...asking, by: ["ann", "bob"], quorum: 2, deadlineMs: 3_600_000, otherwise: false },
    ],
    [{ escalate: "default" }, { ...asking, escalate: standardEscalation }],
  ])("%j says how people are asked", (permissions, expected) => {
    expect(actionOf({ permissions })).toMatchObject({ permissions: expected });
  });

  it.each<[Json, string]>([
    ["perhaps", 'BAD_VALUE Cannot use "perhaps" as "permissions": it must be ask or deny'],
    [
      { otherwise: "approve" },
      'BAD_VALUE Cannot use "otherwise" here: there is no deadline after which it would hold',
    ],
    [{ whom: "ann" }, 'UNKNOWN_KEY Cannot read "whom": `permissions` has no such key'],
  ])("%j is refused", (permissions, message) => {
    expect(problemsOf({ permissions })).toEqual([message]);
  });

  it("fills the URLs of its webhooks with what other steps gave, which then come before", () => {
    const steps = [
      { name: "hook", run: "echo http://x" },
      {
        name: "a",
        prompt: "do it",
        permissions: { escalate: [{ after: "5m", notify: { webhook: "${ hook.output }" } }] },
      },
    ];
    const { workflow, problems } = loadObject({ name: "x", chain: { steps } });
    expect(problems).toEqual([]);
    expect(workflow?.chain.steps[1]?.needs).toMatchObject([{ step: "hook" }]);
  });
});
