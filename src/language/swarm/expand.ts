import type { Json } from "../../expression/json.ts";
import { entriesWhere, isEntry } from "./entries.ts";
import { hierarchical } from "./hierarchical.ts";
import { mesh, silent } from "./mesh.ts";
import { partText } from "./prompts.ts";
import { relay } from "./relay.ts";
import type { Made, SwarmSpec } from "./spec.ts";
import { star, starAnswer, unanswered } from "./star.ts";
import { type Making, writtenLast } from "./turn.ts";

/**
 * The steps of a swarm in canonical form, for the reader of steps. The output of the whole, that of its step `result`, has the
 * same shape whatever the topology: `{answer, decision, contributions, conflicts, failed}`.
 */
export function expandSwarm(making: Making): readonly Made[] {
  return [brief(making), ...topologySteps(making), result(making)];
}

function topologySteps(making: Making): readonly Made[] {
  const { topology, leader } = making.spec;
  switch (topology) {
    case "hierarchical":
      return leader ? hierarchical(making, leader) : [];
    case "star":
      return leader ? star(making, leader) : [];
    case "mesh":
      return mesh(making);
    case "pipeline":
      return relay(making);
  }
}

/** What the author says, filled in once and where it stands, so that a mistake in it is found there. */
function brief({ spec, builder }: Making): Made {
  const instructions: Made = {};
  for (const { name, prompt } of allAgents(spec))
    if (prompt) builder.put(instructions, name, { from: prompt });
  const value: Made = {};
  if (spec.task) builder.put(value, "task", { from: spec.task });
  if (spec.decision?.options) builder.put(value, "options", { from: spec.decision.options });
  value["instructions"] = instructions;
  value["parts"] = Object.fromEntries(allAgents(spec).map((agent) => [agent.name, partText(agent)]));
  return { name: "brief", value };
}

function allAgents({ leader, aggregator, judge, members }: SwarmSpec) {
  return [leader, aggregator, judge, ...members].flatMap((agent) => agent ?? []);
}

function result(making: Making): Made {
  const { spec } = making;
  const decides =
    spec.topology === "mesh" || (spec.decision?.options !== undefined && spec.topology !== "pipeline");
  return {
    name: "result",
    value: {
      answer: `\${ ${answer(making)} }`,
      decision: decides ? "${ decision.output }" : null,
      contributions: `\${ ${entriesWhere(isEntry("result"))} }`,
      conflicts: "${ board.conflicts }",
      failed: failed(spec),
    } satisfies Json,
  };
}

function answer({ spec }: Making): string {
  switch (spec.topology) {
    case "hierarchical":
      return writtenLast({ topic: "answer" });
    case "star":
      return starAnswer(spec);
    case "mesh":
      return meshAnswer(spec);
    case "pipeline":
      return writtenLast({ topic: "result", key: JSON.stringify(spec.members.at(-1)?.name) });
  }
}

/** Of a mesh: what was decided; where peers were voted for, what the winner said last. */
function meshAnswer({ decision }: SwarmSpec): string {
  if (decision?.options) return "decision.output.decision";
  return writtenLast({ topic: "result", key: "decision.output.decision" });
}

/** Template of the parts of the work that failed. */
function failed({ topology, members }: SwarmSpec): Json {
  switch (topology) {
    case "hierarchical":
      return "${ work.output.filter(one, !one.ok).map(one, one.key) }";
    case "star":
      return `\${ ${unanswered(members)} }`;
    case "mesh":
      return "${ decision.output.absent }";
    case "pipeline":
      return `\${ ${silent(members)} }`;
  }
}
