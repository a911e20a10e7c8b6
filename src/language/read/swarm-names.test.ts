import { describe, expect, it } from "vitest";
import { loadWorkflow } from "../load.ts";

/** The mistakes of a swarm of ann, bob and a judge whose other keys are these: code, line, column, remedy. */
function found(keys: string, agents = "{ann: {role: x}, bob: {role: y}, judge: {}}"): readonly string[] {
  const text = `swarm:\n  topology: mesh\n  agents: ${agents}\n  ${keys}\n`;
  return loadWorkflow(text).problems.map(
    ({ code, source, fix }) => `${code} ${source?.line ?? 0}:${source?.column ?? 0} ${fix}`,
  );
}

describe("the names in a swarm's rule of decisions", () => {
  const rule = (text: string) => found(`coordination: {conflict_resolution: ${text}}`);

  it("are those of its agents that work", () => {
    expect(rule("{weighted: {weights: {ann: 2, bob: 1}}}")).toEqual([]);
    expect(rule("{veto: {voters: ann}}")).toEqual([]);
    expect(rule("{priority: [bob, ann]}")).toEqual([]);
    expect(rule("{veto: ann}")).toEqual([]);
  });

  it("are told where they stand when there is no such agent", () => {
    expect(rule("{weighted: {weights: {bbo: 2}}}")).toEqual(['UNKNOWN_NAME 4:61 write "bob"']);
    expect(rule("{priority: [ann, judge]}")).toEqual(["UNKNOWN_NAME 4:56 use one of ann, bob"]);
    expect(rule("{veto: {voters: [ann, cyd]}}")).toEqual(["UNKNOWN_NAME 4:61 use one of ann, bob"]);
    expect(rule("{veto: anne}")).toEqual(['UNKNOWN_NAME 4:46 write "ann"']);
  });

  it("are of those that vote where nothing is decided without them", () => {
    const led = "{boss: {role: coordinator}, ann: {role: x}, bob: {role: y}}";
    const of = (text: string, keys: string) =>
      loadWorkflow(
        `swarm:\n  agents: ${led}\n  ${keys}\n  coordination: {conflict_resolution: ${text}}\n`,
      ).problems.map(({ code, message }) => `${code} ${message}`);
    const decision = "decision: {options: [a, b]}";
    expect(of("{veto: [boss]}", decision)).toEqual([
      'UNKNOWN_NAME Cannot use "boss" as a voter: it does not vote in this swarm',
    ]);
    expect(of("{priority: [boss]}", decision)).toEqual([]);
    expect(of("{veto: [boss]}", "task: x")).toEqual([]);
    expect(of("{quorum: 3}", "task: x")).toEqual([]);
    expect(of("{quorum: 4}", "task: x")).toEqual([
      "BAD_VALUE Cannot use a quorum of 4: the swarm has 3 to write on its blackboard",
    ]);
    expect(of("{quorum: 3}", decision)).toEqual([
      "BAD_VALUE Cannot use a quorum of 3: the swarm has 2 to vote",
    ]);
  });

  it("are enough for its quorum", () => {
    expect(rule("{quorum: 2}")).toEqual([]);
    expect(rule("{quorum: 3}")).toEqual(["BAD_VALUE 4:48 write 2 or fewer"]);
    expect(rule("{quorum: {votes: 3, quorum: 4}}")).toEqual([
      "BAD_VALUE 4:56 write 2 or fewer",
      "BAD_VALUE 4:67 write 2 or fewer",
    ]);
    expect(rule("{majority: {quorum: 3}}")).toEqual(["BAD_VALUE 4:59 write 2 or fewer"]);
  });

  it("are told once, also where the rule counts twice", () => {
    expect(rule("{majority: {tie: judge, threshold: 1}}")).toHaveLength(1);
  });
});

describe("a swarm that cannot be read", () => {
  it("says nothing of what only follows from a wrong topology or a wrong name", () => {
    const ring = loadWorkflow("swarm: {topology: ring, agents: {a: {role: x}, b: {role: y}}}");
    expect(ring.problems.map(({ code }) => code)).toEqual(["BAD_VALUE"]);
    expect(found("rounds: 2", "{'my agent': {role: x}, b: {role: y}}")).toEqual([
      "BAD_VALUE 3:12 write a name of letters, digits, _ and - that begins with a letter or _",
    ]);
  });

  it("says of its keys that stand beside it where they belong", () => {
    const fixes = (text: string) => loadWorkflow(text).problems.map(({ fix }) => fix);
    const agents = "agents: {a: {}, b: {}}";
    expect(fixes(`swarm: {topology: mesh, ${agents}}\nexecution: {timeout: 5}\n`)).toEqual([
      "write it in `swarm: {execution: …}`",
    ]);
    expect(fixes(`chain:\n  - swarm: {topology: mesh, ${agents}}\n    rounds: 2\n`)).toEqual([
      "write it in `swarm: {rounds: …}`",
    ]);
  });

  it("says that tools mean nothing beside a slash command", () => {
    expect(found("rounds: 2", "{ann: {command: /task, tools: [Read]}, bob: {}}")).toEqual([
      "UNKNOWN_KEY 3:34 take it out, or write a `prompt` in place of the command",
    ]);
  });

  it("says where in a swarm that is to stand which means nothing on its step", () => {
    const text =
      "chain:\n  - swarm: {topology: mesh, agents: {a: {}, b: {}}}\n    timeout: 5m\n    priority: 3\n    env: {}\n    model: opus\n";
    expect(loadWorkflow(text).problems.map(({ fix }) => fix)).toContain(
      "write it in the swarm: `execution: {timeout: 30m}`",
    );
  });
});
