import * as leaf from "./leaves.ts";
import type { Shape } from "./shapes.ts";

/** Objects of steps that count votes. */

export const tallyShape = {
  what: "`tally`",
  leaves: {
    field: leaf.filledText,
    quorum: leaf.positive,
    by: leaf.people,
    otherwise: leaf.otherwise,
  },
  parts: ["votes", "rule", "options", "barred", "tie", "judge", "of", "rulings"],
} as const satisfies Shape;

/** What is said of a rule by its name: its own matter, and what may stand beside `rule` as well. */
export const voteRuleShape = {
  what: "a rule of `tally`",
  leaves: {
    weights: leaf.weights,
    votes: leaf.positive,
    voters: leaf.people,
    quorum: leaf.positive,
    by: leaf.people,
  },
  parts: ["tie", "judge"],
} as const satisfies Shape;

export const tallyJudgeShape = {
  what: "`judge`",
  leaves: {
    agent: leaf.filledText,
    fallback_agents: leaf.names,
    prompt: leaf.filledText,
    model: leaf.filledText,
    effort: leaf.effort,
    thinking: leaf.thinking,
    tools: leaf.tools,
    timeout: leaf.positiveDuration,
  },
  parts: [],
} as const satisfies Shape;

export const rulingsShape = {
  what: "`rulings`",
  leaves: {},
  parts: ["judge", "human"],
} as const satisfies Shape;
