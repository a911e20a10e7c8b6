import { membersOf } from "../dialects/builder.ts";
import type { swarmAgentShape, swarmShape } from "../swarm-shapes.ts";
import type { Place } from "../swarm/roles.ts";
import type { SwarmAgent, SwarmDecision } from "../swarm/spec.ts";
import type { Topology } from "../workflow.ts";
import type { Loading, Located } from "./loading.ts";
import type { ReadObject } from "./read-object.ts";
import { readRuleAlone } from "./vote-rule.ts";

/** What has to hold between the parts of a swarm. */

export type ReadSwarm = ReadObject<typeof swarmShape>;

/** An agent, and where it stands in the swarm. */
export interface Placed {
  readonly agent: SwarmAgent;
  readonly place: Place;
  readonly at: Located;
}

/** Names that the steps of a swarm have themselves. */
const reserved = new Set(
  "brief plan work report result results written said so_far talk peers decision votes ask replies missing count heard news say do part turn once_more ask_a_person".split(
    " ",
  ),
);

/** What is made of a swarm with such an agent would have mistakes of its own. */
export function isReserved(name: string): boolean {
  return reserved.has(name);
}

export function checkReserved({ report }: Loading, { spot }: Located, name: string): void {
  if (!isReserved(name)) return;
  report.add({
    code: "BAD_VALUE",
    message: `Cannot call an agent "${name}": a step of every swarm has this name`,
    fix: `choose another, such as "${name}_agent"`,
    at: spot,
    part: "key",
  });
}

/** `own`: topics of the engine's own, under which no agent of the swarm writes. */
export function checkTopics(loading: Loading, read: ReadSwarm, own: readonly string[]): void {
  const topics = read.part("topics");
  if (!topics) return;
  for (const { key, at } of membersOf(topics)) {
    if (!own.includes(key)) continue;
    loading.report.add({
      code: "BAD_VALUE",
      message: `Cannot use "${key}" as a topic: the engine writes under it what the swarm goes by`,
      fix: `choose another, such as "${key}_note"`,
      at: at.spot,
      part: "key",
    });
  }
}

export function checkBackups(
  { report }: Loading,
  at: Located,
  { agent, placed }: { readonly agent: SwarmAgent; readonly placed: readonly Placed[] },
): void {
  // who judges does no work, and who works is not to judge it
  const workers = placed.filter(({ place }) => place !== "judge").map((one) => one.agent.name);
  const names = workers.filter((name) => name !== agent.name);
  for (const name of agent.backup) {
    if (names.includes(name)) continue;
    const guess = report.nearest(name, names);
    report.add({
      code: "UNKNOWN_NAME",
      message: `Cannot use "${name}" as the backup of "${agent.name}": the swarm has no other agent of this name that works`,
      fix: guess ? `write "${guess}"` : `use one of ${names.join(", ")}`,
      at: at.spot,
    });
  }
}

/** Only to who is led comes work that another could do as well. */
export function checkWork(
  loading: Loading,
  read: ReadObject<typeof swarmAgentShape>,
  { topology, place }: { readonly topology: Topology; readonly place: Place },
): void {
  const isLed = topology === "hierarchical" || topology === "star";
  if (isLed && place === "member") return;
  const why = isLed ? "no subtasks go to this agent" : `a ${topology} has no subtasks`;
  for (const key of ["at_once", "dynamic"] as const) {
    if (read.has(key)) useless(loading, read.spotOf(key), { what: `"${key}"`, why, fix: "take it out" });
  }
}

interface Arranged {
  readonly topology: Topology;
  readonly placed: readonly Placed[];
}

/** True when every place of the topology is taken as it has to be. */
export function checkPlaces({ report }: Loading, read: ReadSwarm, arranged: Arranged): boolean {
  const trouble = leaderTrouble(arranged, read.has("topology")) ?? countTrouble(arranged);
  if (!trouble) return true;
  const [what, fix] = trouble;
  const at = read.spotOf("agents");
  report.add({ code: "BAD_VALUE", message: `Cannot use the swarm: ${what}`, fix, at, part: "key" });
  return false;
}

type Trouble = readonly [what: string, fix: string];

function countOf({ placed }: Arranged, place: Place): number {
  return placed.filter((one) => one.place === place).length;
}

/** Of a topology that is led: who leads it is one, and has somebody to lead. */
function leaderTrouble(arranged: Arranged, isSaid: boolean): Trouble | undefined {
  const { topology } = arranged;
  if (topology !== "hierarchical" && topology !== "star") return undefined;
  const head = topology === "star" ? "hub" : "coordinator";
  const leaders = countOf(arranged, "leader");
  const has = `a ${topology} swarm has one ${head}, and this one has ${leaders}`;
  if (leaders > 1) return [has, "leave one of them"];
  if (leaders === 0)
    return [has, `give one agent \`role: ${head}\`${isSaid ? "" : ", or say another `topology`"}`];
  return countOf(arranged, "member") > 0 ? undefined : [`the ${head} has nobody to lead`, "add agents"];
}

function countTrouble(arranged: Arranged): Trouble | undefined {
  for (const place of ["aggregator", "judge"] as const) {
    const count = countOf(arranged, place);
    if (count > 1) return [`it has ${count} agents with the role ${place}`, "leave one of them"];
  }
  const least = arranged.topology === "mesh" ? 2 : 1;
  const members = countOf(arranged, "member");
  if (members >= least) return undefined;
  const wanted = least === 1 ? "an agent" : `${least} agents`;
  return [`a ${arranged.topology} needs ${wanted} at least, and this one has ${members}`, "add agents"];
}

interface Deciding {
  readonly topology: Topology;
  readonly placed: readonly Placed[];
  readonly decision: SwarmDecision | undefined;
  readonly rule: Located | undefined;
}

/** What is said of decisions and rounds has to mean something for the topology. */
export function checkDecides(loading: Loading, read: ReadSwarm, deciding: Deciding): void {
  const { topology, rule } = deciding;
  if (topology === "hierarchical" || topology === "pipeline") checkRounds(loading, read, topology);
  if (votes(deciding)) return;
  if (deciding.decision) reportUndecided(loading, read, topology);
  else checkJudge(loading, deciding);
  if (rule) readRuleAlone(loading, rule);
}

/** The members of the swarm vote on something. */
export function votes({ topology, decision }: Pick<Deciding, "topology" | "decision">): boolean {
  return topology === "mesh" || (topology !== "pipeline" && decision?.options !== undefined);
}

function reportUndecided(loading: Loading, read: ReadSwarm, topology: Topology): void {
  const [why, fix] =
    topology === "pipeline"
      ? ["the agents of a pipeline do not vote", "take it out, or use another topology"]
      : ["it says no options to vote for", "add its `options`"];
  useless(loading, read.spotOf("decision"), { what: '"decision"', why, fix });
}

function checkRounds(loading: Loading, read: ReadSwarm, topology: Topology): void {
  if (!read.has("rounds")) return;
  const why = `a ${topology} swarm has no rounds`;
  useless(loading, read.spotOf("rounds"), { what: '"rounds"', why, fix: "take it out" });
}

function checkJudge(loading: Loading, { placed, topology }: Deciding): void {
  const judge = placed.find(({ place }) => place === "judge");
  if (!judge) return;
  const fix = topology === "pipeline" ? "take it out" : "add a `decision` with its `options`, or take it out";
  const what = `the judge "${judge.agent.name}"`;
  useless(loading, judge.at.spot, { what, why: "it judges votes, and there are none in this swarm", fix });
}

interface Useless {
  readonly what: string;
  readonly why: string;
  readonly fix: string;
}

function useless({ report }: Loading, at: Located["spot"], { what, why, fix }: Useless): void {
  report.add({ code: "BAD_VALUE", message: `Cannot use ${what} here: ${why}`, fix, at, part: "key" });
}
