import { isObject, type Json, type JsonObject } from "../../expression/json.ts";
import { boardText, joined } from "./prompts.ts";
import { withVote } from "./schemas.ts";
import type { Made } from "./spec.ts";
import { inOrder, type Making, sideBySide, stepReference, turnStep } from "./turn.ts";

interface Count {
  readonly name: string;
  /** Template of the answers. */
  readonly votes: string;
  /** Where in an answer its vote is. */
  readonly field: string;
  /** Where votes leave it open it is settled, as the rule says; false: it stays open for now. */
  readonly settles: boolean;
}

/** A count of votes by the rule of the swarm. */
export function tallyStep({ spec, builder }: Making, { name, votes, field, settles }: Count): Made {
  const { decision, rule, members } = spec;
  const tally: Made = { votes, field, otherwise: "accept" };
  if (decision?.options) builder.put(tally, "options", { from: decision.options });
  else tally["options"] = members.map((agent) => agent.name);
  if (rule) builder.put(tally, "rule", { from: rule, ...(settles ? {} : { value: withoutTie(rule.value) }) });
  return { name, tally };
}

/** The rule, without what becomes of a tie. */
function withoutTie(rule: Json): Json {
  if (!isObject(rule)) return rule;
  const { tie: _, ...rest } = rule;
  return Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [key, isObject(value) ? withoutTie(value) : (value ?? null)]),
  ) satisfies JsonObject;
}

/** When the members of a swarm decide something after their work: a ballot of each, and the count. */
export function decisionSteps(making: Making): readonly Made[] {
  const { spec } = making;
  const { decision } = spec;
  if (!decision?.options) return [];
  const schema = withVote({ type: "object", properties: {}, required: [] }, decision.options.value);
  const ballots = spec.members.map((agent) => {
    const turn = {
      name: agent.name,
      ask: joined([
        `The work is done. Now you vote, for yourself: ${decision.question}`,
        boardText(),
        "Your vote is counted by the engine; say why in a sentence.",
      ]),
      output: schema,
    };
    return turnStep(making, turn, { candidates: inOrder(stepReference(agent.name), [agent]) });
  });
  return [
    sideBySide("votes", ballots),
    tallyStep(making, { name: "decision", votes: "${ votes.output }", field: "vote", settles: true }),
  ];
}
