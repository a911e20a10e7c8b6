import { isObject, type Json } from "../../expression/json.ts";
import { membersOf } from "../dialects/builder.ts";
import { hasEntry, isEntry } from "./entries.ts";
import { boardText, joined, optionsText, ownText, taskText, whoText } from "./prompts.ts";
import { withVote } from "./schemas.ts";
import type { Located } from "../read/loading.ts";
import type { Undecided } from "../voting.ts";
import type { Made, SwarmAgent } from "./spec.ts";
import { inOrder, type Making, sideBySide, stepReference, turnStep } from "./turn.ts";

interface Count {
  readonly name: string;
  /** Templates of the answers. */
  readonly votes: Json;
  /** Where in an answer its vote is. */
  readonly field: string;
  /** `fail`: it has to be decided, as the rule says where votes leave it open. `accept`: it may stay open for now. */
  readonly otherwise: Undecided;
}

/** A count of votes by the rule of the swarm. */
export function tallyStep(making: Making, { name, votes, field, otherwise }: Count): Made {
  const { spec, builder } = making;
  const { decision, rule, members, judge } = spec;
  const settles = otherwise === "fail";
  const tally: Made = { votes, field, otherwise };
  if (decision?.options) builder.put(tally, "options", { from: decision.options });
  else {
    const names = members.map((agent) => agent.name);
    tally["options"] = names;
    // an answer that did not hold cannot be taken, however many are for it
    tally["barred"] =
      `\${ ${JSON.stringify(names)}.filter(name, !${hasEntry(isEntry("result", "entry.key == name && entry.by == name"))}) }`;
  }
  if (rule && settles) builder.put(tally, "rule", { from: rule });
  else if (rule) builder.put(tally, "rule", { from: rule, value: withoutDeciders(making, rule) });
  if (judge && settles) {
    if (!saysTie(rule?.value)) tally["tie"] = "judge";
    builder.put(tally, "judge", { from: judge.at, value: judgeOf(making, judge) });
  }
  return { name, tally };
}

/** What the judge of a swarm is to the tally; what a tally's judge cannot have is reported where it stands. */
function judgeOf({ spec, builder }: Making, agent: SwarmAgent): Made {
  const judge: Made = {
    prompt: joined([
      whoText(agent),
      taskText(spec),
      ownText(agent),
      "Decide for one of the options that are open.",
    ]),
  };
  const { thinking } = spec.shared;
  if (thinking) builder.put(judge, "thinking", { from: thinking });
  for (const { key, at } of membersOf(agent.at)) {
    if (key === "tools" && agent.tools) builder.put(judge, key, { from: at, value: [...agent.tools] });
    else if (!said.has(key)) builder.put(judge, key, { from: at });
  }
  return judge;
}

/** What stands in the prompt of a judge. */
const said: ReadonlySet<string> = new Set(["role", "capabilities", "prompt"]);

function saysTie(rule: Json | undefined): boolean {
  return isObject(rule) && Object.values(rule).some((said) => isObject(said) && Object.hasOwn(said, "tie"));
}

/** The rule, without who decides where it leaves it open. */
function withoutDeciders({ builder }: Making, rule: Located): Json {
  if (!isObject(rule.value)) return rule.value;
  const counted: Made = {};
  for (const { key: name, at } of membersOf(rule)) {
    const own: Made = {};
    for (const { key, at: from } of membersOf(at)) if (!deciders.has(key)) builder.put(own, key, { from });
    builder.put(counted, name, isObject(at.value) ? { from: at, value: own } : { from: at });
  }
  return counted;
}

const deciders: ReadonlySet<string> = new Set(["tie", "judge", "by"]);

/** When the members of a swarm decide something after their work: a ballot of each, and the count. */
export function decisionSteps(making: Making): readonly Made[] {
  const { spec } = making;
  const { decision } = spec;
  if (!decision?.options) return [];
  const schema = withVote({ type: "object", properties: {}, required: [] }, spec);
  const ballots = spec.members.map((agent) => {
    const turn = {
      name: agent.name,
      ask: joined([
        `The work is done. Now you ${spec.ranked ? "rank the options" : "vote"}, for yourself: ${decision.question}`,
        optionsText(spec),
        boardText(spec),
        "Your vote is counted by the engine; say why in a sentence.",
      ]),
      output: schema,
    };
    return turnStep(making, turn, { candidates: inOrder(stepReference(agent.name), [agent]) });
  });
  return [
    sideBySide("votes", ballots),
    tallyStep(making, { name: "decision", votes: "${ votes.output }", field: "vote", otherwise: "fail" }),
  ];
}
