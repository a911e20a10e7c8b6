import type {
  BranchReport,
  EachReport,
  JoinReport,
  LoopReport,
  PartReport,
  TallyReport,
} from "../../verbs/plan-parts.ts";
import type { Json } from "../../expression/json.ts";
import { listText } from "../../expression/list-text.ts";
import type { Shown } from "./out.ts";
import { pipelineLines } from "./plan-pipelines.ts";
import { shortText } from "./request.ts";
import { countText, durationText } from "./words.ts";

/** What a plan says of a node with parts before their steps: its ways, rounds or items. */
export function partLines(part: PartReport): Shown[] {
  switch (part.kind) {
    case "branch":
      return ["", [name(part), `: ${takenText(part)}`], ...part.ways.map((way) => wayLine(way))];
    case "loop":
      return ["", [name(part), `: ${roundsText(part)}`], ...plateauLines(part)];
    case "each":
      return ["", [name(part), `: ${itemsText(part)}`]];
    case "tally":
      return ["", [name(part), `: ${votesText(part)}`]];
    case "pipeline":
      return pipelineLines(part);
    case "join":
      return [];
  }
}

function name({ address }: PartReport): { readonly text: string; readonly bold: true } {
  return { text: address, bold: true };
}

const chosen = {
  past: "of the ways that hold, takes what has worked best",
  load: "of the ways that hold, takes what has worked and is least at work",
} as const;

function takenText({ by, mostTries }: BranchReport): string {
  const first = by === undefined ? "takes the first way that holds" : chosen[by];
  if (mostTries === undefined) return first;
  return `${first}; when it fails, the next, ${countText(mostTries, "way")} at most`;
}

function wayLine({
  name: way,
  when,
  steps,
  atOnce,
  predictedMs,
  skipped,
}: BranchReport["ways"][number]): Shown {
  const room = atOnce === undefined ? "" : `, ${atOnce} at once`;
  const condition = `${whenText(when)}${room}`;
  const size = skipped
    ? "not taken with these inputs"
    : steps === 0
      ? "nothing to do"
      : `${countText(steps, "step")}, about ${durationText(predictedMs)}`;
  return ["  ", { text: way, tone: "busy" }, ` ${condition}`, { text: `  ${size}`, dim: true }];
}

/** Longest condition that is told. */
const mostOfCondition = 100;

function whenText(when: string | undefined): string {
  if (when === undefined) return "otherwise";
  return when === "true" ? "always" : `if ${shortText(when, mostOfCondition)}`;
}

function roundsText({ until, max, roundMs, mostMs, predictedMs, otherwise }: LoopReport): string {
  const took = `a round takes about ${durationText(roundMs)}${wholeText(predictedMs, roundMs)}`;
  if (until === undefined) return `${countText(max, "round")}; ${took}`;
  const then = otherwise === "accept" ? "is accepted as it is then" : "fails then";
  return `rounds until ${until}, at most ${max} (${durationText(mostMs)}; ${then}); ${took}`;
}

function plateauLines({ plateau, otherwise }: LoopReport): Shown[] {
  if (!plateau) return [];
  const end = otherwise === "accept" ? "ends" : "fails";
  return [`  ${end} earlier when ${plateau.of} has not grown for ${countText(plateau.rounds, "round")}`];
}

function itemsText({ items, as, key, concurrency, itemMs, predictedMs, count }: EachReport): string {
  const many = count === undefined ? "" : ` (${countText(count, "item")})`;
  const named = key === undefined ? "" : `, named by ${key}`;
  const list = `for each ${as} of ${listText(items)}${many}${named}`;
  if (count === 1) return `${list}; it takes about ${durationText(itemMs)}`;
  return `${list}, ${concurrency} at once; an item takes about ${durationText(itemMs)}${wholeText(predictedMs, itemMs)}`;
}

function wholeText(wholeMs: number, partMs: number): string {
  return wholeMs === partMs ? "" : `, all of it about ${durationText(wholeMs)}`;
}

function votesText({ rule, votes, options, quorum, tie, otherwise }: TallyReport): string {
  const among = options === undefined ? "" : `, for one of ${written(options)}`;
  const enough = quorum === undefined ? "" : `, of at least ${countText(quorum, "vote")}`;
  const open = tie === undefined ? "" : `; ${written(tie)} where that leaves it open`;
  return `decided by ${rule} of ${written(votes)}${among}${enough}${open}; ${undecided[otherwise]}`;
}

const undecided = {
  fail: "fails when nothing is decided",
  accept: "that nothing is decided is accepted",
  others: "where that leaves it open, the steps behind it decide",
} as const;

function written(value: Json): string {
  return typeof value === "string" ? listText(value) : JSON.stringify(value);
}

/** When a block that needs only some of its steps ends. */
export function joinText({ wanted, of }: JoinReport): string {
  return `ends when ${wanted} of its ${countText(of, "step")} ended well; the others are stopped then`;
}
