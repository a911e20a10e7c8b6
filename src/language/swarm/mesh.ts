import { tallyStep } from "./decision.ts";
import { askAboutMissing } from "./missing.ts";
import { boardText, joined } from "./prompts.ts";
import { answerSchema, withVote } from "./schemas.ts";
import type { Made, SwarmAgent, SwarmSpec } from "./spec.ts";
import { inOrder, type Making, sideBySide, standInsFor, stepReference, turnStep } from "./turn.ts";

/** Peers write on the blackboard and vote, for rounds, until they agree or the rounds are over. */
export function mesh(making: Making): readonly Made[] {
  return making.spec.communication === "synchronous" ? together(making) : apart(making);
}

/** All peers in each round, then a count of their votes. */
function together(making: Making): readonly Made[] {
  const { limits, members } = making.spec;
  const peers = members.map((agent) => turnOf(making, agent, agent.name));
  return [
    {
      name: "talk",
      repeat: { until: "talk.last.count.decision != null", max: limits.rounds, otherwise: "accept" },
      steps: [
        sideBySide("peers", peers),
        ...askAboutMissing(
          making.spec,
          (critical) => `${namesOf(critical)}.filter(name, peers.output[name] == null)`,
        ),
        tallyStep(making, { name: "count", votes: "${ peers.output }", field: "vote", settles: false }),
      ],
    },
    tallyStep(making, {
      name: "decision",
      votes: "${ talk.output.peers }",
      field: "vote",
      settles: true,
    }),
  ];
}

/**
 * Each peer in rounds of its own. With `event_driven` it takes another turn only when something new came onto the blackboard
 * since its last one, and is done when nothing can come any more.
 */
function apart(making: Making): readonly Made[] {
  const { communication, limits, members } = making.spec;
  const follows = communication === "event_driven";
  const peers = members.map((agent): Made => {
    const round = stepReference(agent.name);
    const news: Made = {
      name: "news",
      wait: { board: `${round}.round == 1 || board.news` },
      board: { as: agent.name },
    };
    const say = turnOf(making, agent, "say");
    return {
      name: agent.name,
      repeat: {
        max: limits.rounds,
        ...(follows ? { until: `!${round}.last.news.held`, otherwise: "accept" } : {}),
      },
      steps: follows ? [news, { ...say, when: "news.output.held" }] : [say],
    };
  });
  return [
    sideBySide("peers", peers),
    ...askAboutMissing(making.spec, silent),
    tallyStep(making, {
      name: "decision",
      votes: lastWords(making),
      field: "vote",
      settles: true,
    }),
  ];
}

/** CEL of the names of those of these agents that never gave an answer. */
export function silent(agents: readonly SwarmAgent[]): string {
  return `${namesOf(agents)}.filter(name, !board.entries.exists(entry, entry.topic == "result" && has(entry.key) && entry.key == name))`;
}

function namesOf(agents: readonly SwarmAgent[]): string {
  return JSON.stringify(agents.map(({ name }) => name));
}

/** Template of what each peer said last: the last entry of its own on the blackboard. */
function lastWords({ spec: { members } }: Making): string {
  const names = namesOf(members);
  const own = 'board.entries.filter(entry, entry.topic == "result" && has(entry.key) && entry.key == name)';
  return `\${ ${names}.filter(name, size(${own}) > 0).map(name, {"voter": name, "vote": ${own}[size(${own}) - 1].value.vote, "reason": ${own}[size(${own}) - 1].value.reason}) }`;
}

/** A peer's turn: what it answers, and its vote. */
function turnOf(making: Making, agent: SwarmAgent, name: string): Made {
  const { spec } = making;
  const loop = name === "say" ? stepReference(agent.name) : "talk";
  const options = spec.decision?.options?.value ?? spec.members.map((peer) => peer.name);
  const turn = {
    name,
    as: agent.name,
    ask: joined([
      `This is round \${ ${loop}.round } of at most ${spec.limits.rounds}.`,
      boardText(isBlind(spec) ? { blindIn: `${loop}.round == 1` } : {}),
      "Answer the task as you see it now, having weighed what the others wrote; `posts` is what you tell them.",
      spec.decision?.options
        ? `Then vote: ${spec.decision.question}`
        : "Then vote for the peer whose answer is to be taken, yours or another's, by its name.",
    ]),
    output: withVote(agent.output ?? answerSchema(spec), options),
    posts: { topic: "result", key: agent.name },
  };
  const standIns = agent.backup.length === 0 ? [] : standInsFor(spec, agent);
  return turnStep(making, turn, { candidates: inOrder(stepReference(name), [agent, ...standIns]) });
}

/** Nobody sees what others think before it has thought itself. Where all wait for each other that is so anyway. */
function isBlind({ decision, communication }: SwarmSpec): boolean {
  return decision?.blind !== false && communication !== "synchronous";
}
