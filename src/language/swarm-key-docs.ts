import { agentDocs } from "./agent-key-docs.ts";
import { ofTurns } from "./swarm-shapes.ts";

/** What each key of swarms and blackboards is for. */
export const swarmDocs: Readonly<Record<string, string>> = {
  topology:
    "Who talks to whom (default hierarchical): a coordinator divides the task among specialists; the hub of a star asks its spokes in rounds; the peers of a mesh answer and vote; in a pipeline each goes on from the one before.",
  task: "What they work on together; a template.",
  agents: "The agents by name. Their roles, or else their names, say where they stand.",
  coordination: "How the agents hear of each other, and what holds where they disagree.",
  execution: "How many agents work at once, how long, and what is tried again.",
  rounds: "Most rounds of a star or a mesh (default 3).",
  max_tries: "Most agents that try the same piece of work one after another (default: all of them).",
  decision: "What the agents vote on.",
  topics: "JSON Schema of what is written on the blackboard under each topic; anything when absent.",
  output: "JSON Schema of the answer of the whole swarm; `{answer: string}` when absent.",
  thinking: "How long the agents think that do not say it.",
  memory: "What runs share under a name, for the agents that do not say it.",
  context_window: "What goes into the prompts of the agents that do not say it.",
};

export const coordinationDocs: Readonly<Record<string, string>> = {
  communication:
    "When an agent sees what others wrote on the blackboard; the default is that of the topology.",
  state_sharing:
    "Whose entries an agent sees: everybody's (global, default), those of who leads it (hierarchical), or its own (local).",
  conflict_resolution:
    "A rule as of `tally`: how votes are counted, and what holds where agents wrote different things of the same.",
};

export const executionDocs: Readonly<Record<string, string>> = {
  parallel_limit: "Most agents at work at once.",
  timeout: "Longest time of the whole swarm; a number is seconds.",
  retry_strategy: "How an agent that failed is asked again before another takes over.",
};

export const decisionDocs: Readonly<Record<string, string>> = {
  question: "What is voted on.",
  options:
    "All that can be voted for: a list, or a template that gives one; of a mesh the peers themselves when absent.",
  blind: "False: already in the first round a peer sees what others wrote before it.",
};

/** Keys of an agent of a swarm that have another meaning than those of a step, or are no keys of one. */
const ofAgents: Readonly<Record<string, string>> = {
  role: "What the agent is for; coordinator, hub, aggregator and judge are places as well.",
  capabilities: "What it can; a subtask goes to an agent that can all that it needs.",
  prompt: "Instructions of its own; a template.",
  command: "A slash command that does its turns.",
  tools: agentDocs["tools"] ?? "",
  backup: "Agents that take over when it fails, the first before the others.",
  impact:
    "What it means when it fails for good: critical, another takes over or a person is asked; major, others take over its work; minor, the swarm goes on without it.",
  at_once: "How many pieces of work it may have at once.",
  dynamic: "True: it stands for whatever specialist a subtask needs.",
  output: "JSON Schema of what it answers.",
};

/** `ofSteps`: what the keys are for that its turns get as they stand. */
export function swarmAgentDocs(ofSteps: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return { ...Object.fromEntries(ofTurns.map((key) => [key, ofSteps[key] ?? ""])), ...ofAgents };
}

export const blackboardDocs: Readonly<Record<string, string>> = {
  topics: "JSON Schema of the values under each topic; any topic and value when absent.",
  resolve:
    "Which value holds where agents wrote different ones under the same topic and key: latest (default), first, none, or a rule as of a tally, counted over what each agent wrote last.",
};

export const boardDocs: Readonly<Record<string, string>> = {
  as: "Name of the agent in whose name the step writes.",
  sees: "Agents whose entries it sees besides its own; all when absent.",
  barrier: "True: it sees nothing that came in the round of a loop in which it runs.",
  posts: "Its whole output becomes an entry when it has ended well.",
};

export const postsDocs: Readonly<Record<string, string>> = {
  topic: "The topic of the entry.",
  key: "What under the topic it is about; a template.",
};
