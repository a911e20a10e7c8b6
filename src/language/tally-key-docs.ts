/** What each key of a step that counts votes is for. */
export const tallyDocs: Readonly<Record<string, string>> = {
  votes:
    "Who voted for what: the output of a group of voters or of a for_each, or a list of answers that name their voter; a template.",
  rule: "How the votes are counted (default majority).",
  quorum: "How many must have voted.",
  options:
    "All that can be voted for: a list, or a template that gives one; whatever is voted for when absent.",
  barred:
    "Options that cannot win, because gates of theirs did not hold: a list, or a template that gives one.",
  field: "Where the vote is in an answer (default vote); keys joined by dots.",
  tie: "Who decides where the votes leave it open: judge, human, fail (default), or the option that is taken then.",
  judge: "The agent that decides then; a text alone is its prompt.",
  by: "Who may decide then, where a person does; anybody when absent. Beside a judge: who does when it does not.",
  otherwise: "What it means that nothing is decided: fail (default), or accept that there is no decision.",
  of: "What another tally gave, in place of votes, for rulings to decide what is open there; a template.",
  rulings: "What others said of it.",
};

export const ruleDocs = {
  majority: "More than half of the votes.",
  unanimous: "All votes.",
  ranked: "Instant run-off over rankings.",
  consensus: "Another word for unanimous.",
  voting: "Another word for majority.",
  weighted: "More than half of the weight of the votes.",
  quorum: "So many votes, and more than any other option has.",
  veto: "A majority to which each of these voters has agreed or abstained.",
  priority: "The vote of the first of these voters who has voted.",
} as const;

export const voteRuleDocs: Readonly<Record<string, string>> = {
  weights: "How much the vote of each voter weighs; 1 when it is not named.",
  votes: "How many must be for an option.",
  voters:
    "Of veto: without whose consent nothing is decided; of priority: whose vote decides, the first who has voted.",
  quorum: tallyDocs["quorum"] ?? "",
  tie: tallyDocs["tie"] ?? "",
  judge: tallyDocs["judge"] ?? "",
  by: tallyDocs["by"] ?? "",
};

export const tallyJudgeDocs: Readonly<Record<string, string>> = {
  agent: "The agent that decides; that of the steps that name none when absent.",
  fallback_agents: "Agents that take over, in this order, when that one is out of order.",
  prompt: "What it is told besides the options, the votes and their reasons; a template.",
  model: "Its model.",
  effort: "How long it thinks: low, medium or high.",
  thinking: "How long it thinks: instant, standard or extended; auto: as complex as what it is asked.",
  tools: "Tools it may use.",
  timeout: "Longest time of one attempt.",
};

export const rulingsDocs: Readonly<Record<string, string>> = {
  judge: "The answer of an agent, with its vote; a template.",
  human: "The answer of a person; a template.",
};
