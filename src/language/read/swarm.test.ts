import { describe, expect, it } from "vitest";
import { loadWorkflow } from "../load.ts";

const agents = "agents: { boss: { role: coordinator }, ann: {}, bob: {} }";

function load(...lines: readonly string[]) {
  return loadWorkflow(`agent: mock\nswarm:\n${lines.map((line) => `  ${line}`).join("\n")}\n`);
}

/** Code, place and message of each mistake; lines are those of the swarm. */
function found(...lines: readonly string[]): string[] {
  return load(...lines).problems.map(({ code, source, message, fix }) => {
    const { line = 0, column = 1, length = 0, text = "" } = source ?? {};
    return `${code} ${line - 2}:${text.slice(column - 1, column - 1 + length)} | ${message} | ${fix}`;
  });
}

describe("a swarm", () => {
  it.each([
    [["topology: hierarchical", agents]],
    [["topology: leader_follower", agents]],
    [["topology: star", "rounds: 2", "agents: { boss: { role: hub }, ann: {} }"]],
    [["topology: peer_to_peer", "agents: { ann: {}, bob: {} }"]],
    [["topology: event_driven", "agents: { ann: , bob: {} }"]],
    [["topology: pipeline", "agents: { ann: { impact: minor }, bob: {} }"]],
    [[agents, "coordination: { conflict_resolution: { priority: { voters: [ann, bob] } } }"]],
    [[agents, "topics: { finding: { type: string } }", "decision: { options: [a, b], blind: false }"]],
    [
      [
        "agents: { boss: { role: coordinator }, ann: { command: /task }, bob: { tools: [/bash scan, Read] } }",
      ],
    ],
  ])("loads as %j", (lines) => {
    expect(found(...lines)).toEqual([]);
  });

  it.each<[readonly string[], readonly string[]]>([
    [["topology: mesh"], ["MISSING_KEY 0:swarm | Cannot"]],
    [["topology: rnig", agents], ["BAD_VALUE 1:rnig | Cannot"]],
    [["agents: [a]"], ["WRONG_TYPE 1:[a] | Cannot"]],
    [["agents: { boss: { role: coordinator }, ann: 5 }"], ["WRONG_TYPE 1:5 | Cannot"]],
    [
      ["agents: { boss: { role: coordinator }, work: {} }"],
      [
        'BAD_VALUE 1:work | Cannot call an agent "work": a step of every swarm has this name | choose another',
      ],
    ],
    [
      ["topology: mesh", "agents: { talk: {}, ann: {} }"],
      ['BAD_VALUE 2:talk | Cannot call an agent "talk": a step of every swarm has this name'],
    ],
    [
      ["agents: { boss: { role: coordinator, backup: [anna] }, ann: {} }"],
      ['UNKNOWN_NAME 1:{ role: coordinator, backup: [anna] } | Cannot use "anna" as the backup of "boss"'],
    ],
    [
      ["agents: { boss: { role: coordinator, backup: [zoe] }, ann: {}, bob: {} }"],
      ['UNKNOWN_NAME 1:{ role: coordinator, backup: [zoe] } | Cannot use "zoe" as the backup of "boss"'],
    ],
    [
      ["agents: { ann: {}, bob: {} }"],
      [
        "BAD_VALUE 1:agents | Cannot use the swarm: a hierarchical swarm has one coordinator, and this one has 0",
      ],
    ],
    [["topology: star", agents, "agents2: {}"], ["UNKNOWN_KEY 3:agents2"]],
    [
      ["topology: star", "agents: { boss: { role: hub }, chief: { role: hub }, ann: {} }"],
      ["BAD_VALUE 2:agents | Cannot use the swarm: a star swarm has one hub, and this one has 2"],
    ],
    [
      ["agents: { boss: { role: coordinator }, a: { role: aggregator }, b: { role: aggregator }, ann: {} }"],
      ["BAD_VALUE 1:agents | Cannot use the swarm: it has 2 agents with the role aggregator"],
    ],
    [
      ["agents: { boss: { role: coordinator } }"],
      ["BAD_VALUE 1:agents | Cannot use the swarm: the coordinator has nobody to lead"],
    ],
    [
      ["topology: mesh", "agents: { ann: {} }"],
      ["BAD_VALUE 2:agents | Cannot use the swarm: a mesh needs 2 agents at least"],
    ],
    [
      ["rounds: 2", agents],
      ['BAD_VALUE 1:rounds | Cannot use "rounds" here: a hierarchical swarm has no rounds'],
    ],
    [
      ["decision: { question: which? }", agents],
      ['BAD_VALUE 1:decision | Cannot use "decision" here: it says no options to vote for'],
    ],
    [
      ["topology: pipeline", "decision: { options: [a] }", "agents: { ann: {} }"],
      ['BAD_VALUE 2:decision | Cannot use "decision" here: the agents of a pipeline do not vote'],
    ],
    [
      ["agents: { boss: { role: coordinator }, ann: {}, jo: { role: judge } }"],
      ['BAD_VALUE 1:jo | Cannot use the judge "jo" here: it judges votes'],
    ],
    [
      ["topology: pipeline", "agents: { ann: {}, jo: { role: judge } }"],
      ['BAD_VALUE 2:jo | Cannot use the judge "jo" here: it judges votes'],
    ],
    [
      ["topology: mesh", "agents: { ann: {}, bob: {}, jo: { role: judge, writes: [a] } }"],
      ["UNKNOWN_KEY 2:writes"],
    ],
    [
      [
        "topology: mesh",
        "agents: { ann: {}, bob: {}, jo: { role: judge } }",
        "coordination: { conflict_resolution: { majority: { tie: human } } }",
      ],
      ['BAD_VALUE 2:jo | Cannot use "judge" here: it decides nothing'],
    ],
    [
      [agents, "coordination: { conflict_resolution: majorty }"],
      ['BAD_VALUE 2:majorty | Cannot count by "majorty": there is no such rule | write "majority"'],
    ],
    [
      ["topology: mesh", "agents: { ann: { dynamic: true, at_once: 2 }, bob: {} }"],
      [
        'BAD_VALUE 2:dynamic | Cannot use "dynamic" here: a mesh has no subtasks | take it out',
        'BAD_VALUE 2:at_once | Cannot use "at_once" here: a mesh has no subtasks | take it out',
      ],
    ],
    [
      ["topology: pipeline", "agents: { ann: { at_once: 2 } }"],
      ['BAD_VALUE 2:at_once | Cannot use "at_once" here: a pipeline has no subtasks'],
    ],
    [
      ["agents: { boss: { role: coordinator, dynamic: true }, ann: { at_once: 1, dynamic: true } }"],
      ['BAD_VALUE 1:dynamic | Cannot use "dynamic" here: no subtasks go to this agent'],
    ],
    [[agents, "topics: 5"], ["WRONG_TYPE 2:topics"]],
    [["topology: mesh", "agents: { ann: { prompt: '${ inptus.x }' }, bob: {} }"], ["UNKNOWN_NAME 2:inptus"]],
    [[agents, "execution: { retry_strategy: often }"], ["BAD_VALUE 2:often"]],
    [[agents, "output: 5"], ["WRONG_TYPE 2:"]],
  ])("tells what is wrong with %j, and where", (lines, expected) => {
    const told = found(...lines);
    expect(told.map((one, at) => one.slice(0, expected[at]?.length))).toEqual(expected);
  });
});
