import { tallyStep } from "./decision.ts";
import { entriesWhere, hasEntry, isEntry } from "./entries.ts";
import { askAboutMissing } from "./missing.ts";
import { boardText, joined, optionsText } from "./prompts.ts";
import { answerSchema, withVote } from "./schemas.ts";
import type { Made, SwarmAgent, SwarmSpec } from "./spec.ts";
import {
  inOrder,
  inPlaceOf,
  type Making,
  sideBySide,
  standInsFor,
  stepReference,
  type Turn,
  turnStep,
} from "./turn.ts";

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
        tallyStep(making, {
          name: "count",
          votes: votesIn(making, "peers.output"),
          field: "vote",
          otherwise: "accept",
        }),
      ],
    },
    tallyStep(making, {
      name: "decision",
      votes: votesIn(making, "talk.output.peers"),
      field: "vote",
      otherwise: "fail",
    }),
  ];
}

/** Each peer in rounds of its own. */
function apart(making: Making): readonly Made[] {
  const { communication, limits, members } = making.spec;
  const peers = members.map((agent): Made => {
    const say = turnOf(making, agent, "say");
    return communication === "event_driven"
      ? onNews(making, agent, say)
      : { name: agent.name, repeat: { max: limits.rounds }, steps: [say] };
  });
  return [
    sideBySide("peers", peers),
    ...askAboutMissing(making.spec, unheard),
    tallyStep(making, {
      name: "decision",
      votes: votesIn(making, "peers.output"),
      field: "vote",
      otherwise: "fail",
    }),
  ];
}

/**
 * A peer that takes another turn only when something new came onto the blackboard since its last one, and is done when nothing
 * can come any more, or when the votes decide. Before all have spoken once, or cannot, nobody speaks again.
 */
function onNews(making: Making, agent: SwarmAgent, say: Made): Made {
  const { limits, members } = making.spec;
  const round = stepReference(agent.name);
  const board = { as: agent.name };
  const isFirst = `${round}.round == 1`;
  // each turn gives one answer, and until all have had one nobody has two
  const isHeard = `size(${entriesWhere(isEntry("result"))}) >= ${members.length}`;
  const steps: readonly Made[] = [
    { name: "heard", when: `!(${isFirst})`, wait: { board: isHeard }, board },
    { name: "news", wait: { board: `${isFirst} || board.news` }, board },
    {
      ...tallyStep(making, {
        name: "count",
        votes: votesIn(making),
        field: "vote",
        otherwise: "accept",
      }),
      when: `news.output.held && !(${isFirst})`,
    },
    { ...say, when: `news.output.held && (${isFirst} || count.output.decision == null)` },
  ];
  return {
    name: agent.name,
    repeat: {
      max: limits.rounds,
      until: `!${round}.last.news.held || (${round}.round > 1 && ${round}.last.count.decision != null)`,
      otherwise: "accept",
    },
    steps,
  };
}

/** CEL of the names of those of these agents that never gave an answer. */
export function silent(agents: readonly SwarmAgent[]): string {
  return `${namesOf(agents)}.filter(name, !${hasEntry(isEntry("result", "entry.key == name"))})`;
}

function namesOf(agents: readonly SwarmAgent[]): string {
  return JSON.stringify(agents.map(({ name }) => name));
}

/** CEL of the names of those of these agents in whose turns nobody ever gave an answer. */
function unheard(agents: readonly SwarmAgent[]): string {
  return `${namesOf(agents)}.filter(name, size(${saidInTurns("name")}) == 0)`;
}

/** CEL of what was answered in the turns of an agent, by itself and by others who took one. `name`: CEL. */
function saidInTurns(name: string): string {
  const isOfTurn = `(entry.key == ${name} || entry.key == entry.by + "${inPlaceOf}" + ${name})`;
  return entriesWhere(isEntry("result", isOfTurn));
}

/**
 * What each peer said last, in a template of its own, so that many peers cost no more than few. One that failed, or whose turn
 * another took, is absent: nobody votes twice. `outputs`: CEL of what the peers gave, by name, null where one failed; absent
 * while they are at work.
 */
function votesIn({ spec: { members } }: Making, outputs?: string): Made {
  return Object.fromEntries(members.map(({ name }) => [name, ownLast(JSON.stringify(name), outputs)]));
}

function ownLast(name: string, outputs: string | undefined): string {
  const said = saidInTurns(name);
  const last = `${said}[size(${said}) - 1]`;
  const isGood = outputs === undefined ? "" : `${outputs}[${name}] != null && `;
  return `\${ ${isGood}size(${said}) > 0 && ${last}.by == ${name} ? ${last}.value : null }`;
}

/** A peer's turn: what it answers, and its vote. */
function turnOf(making: Making, agent: SwarmAgent, name: string): Made {
  const { spec } = making;
  const loop = name === "say" ? stepReference(agent.name) : "talk";
  const turn: Turn = {
    name,
    turnOf: agent.name,
    ask: joined([
      `This is round \${ ${loop}.round } of at most ${spec.limits.rounds}.`,
      boardText(spec, isBlind(spec) ? { blindIn: `${loop}.round == 1` } : {}),
      answerText(spec),
      voteText(spec),
    ]),
    output: withVote(agent.output ?? answerSchema(spec), spec),
    posts: { topic: "result", key: agent.name },
  };
  const standIns = agent.backup.length === 0 ? [] : standInsFor(spec, agent);
  return turnStep(making, turn, { candidates: inOrder(stepReference(name), [agent, ...standIns]) });
}

function voteText(spec: SwarmSpec): string {
  const { decision, ranked } = spec;
  if (decision?.options)
    return joined([`Then ${ranked ? "rank the options" : "vote"}: ${decision.question}`, optionsText(spec)]);
  return ranked
    ? "Then rank the peers by whose answer is to be taken, the best first, by their names."
    : "Then vote for the peer whose answer is to be taken, yours or another's, by its name.";
}

function answerText({ sharing }: SwarmSpec): string {
  const now = "Answer the task as you see it now";
  return sharing === "local"
    ? `${now}.`
    : `${now}, having weighed what the others wrote; \`posts\` is what you tell them.`;
}

/** Nobody sees what others think before it has thought itself. Where all wait for each other that is so anyway. */
function isBlind({ decision, communication }: SwarmSpec): boolean {
  return decision?.blind !== false && communication !== "synchronous";
}
