/** What the keys of a step are for that say who does it and with what. */
export const agentDocs: Readonly<Record<string, string>> = {
  agent: "The agent that does the step.",
  fallback_agents: "Agents that take the step over, in this order, when its agent is out of order.",
  prompt: "What the agent is asked; a template.",
  model: "The agent's model.",
  effort: "How long the agent thinks: low, medium or high; an agent that cannot be told leaves it.",
  thinking:
    "How long the agent thinks: instant, standard or extended; auto: as complex as what it is asked, from 0 to 10.",
  context_window: "What goes into the prompt of the values in it: a budget in tokens, or an object.",
  tools: "Tools the agent may use.",
  skills: "Skills that the agent has to have: names of `.claude/skills/NAME/SKILL.md`.",
  subagents: "Subagents that the agent may call: names of `.claude/agents/NAME.md`.",
  permissions:
    "What becomes of a tool call that nothing allows: deny (default), or ask: a person is asked, and the agent goes on as they say.",
  memory:
    "What runs share under a name: the agent is told what is there, and what it learns is added once the step is verified.",
  preamble:
    "Said to the agent before its work; a template. The same text on several steps is served by the provider's cache.",
};
