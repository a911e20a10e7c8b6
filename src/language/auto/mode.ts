import type { TaskFacts } from "../../task/facts.ts";

export const modes = ["chain", "flow", "swarm", "pipeline", "hybrid"] as const;
export type Mode = (typeof modes)[number];

export interface Choice {
  readonly mode: Mode;
  readonly because: string;
}

/** Above this, and when more than `parallelShare` can go on at once, it is work for a swarm. */
const swarmAbove = 8;
const parallelShare = 0.6;
/** Below this what follows one another is a chain. */
const chainBelow = 5;

/** The kind of workflow that fits; the first of the rules that holds decides. */
export function chooseMode(facts: TaskFacts, score: number): Choice {
  const given = { ...facts, score };
  const found = rules.find(([, holds]) => holds(given));
  const [mode, , because] = found ?? fallback;
  return { mode, because: because(given) };
}

interface Given extends TaskFacts {
  readonly score: number;
}

type ModeRule = readonly [Mode, (given: Given) => boolean, (given: Given) => string];

const shareOf = ({ parallel }: Given) => `${Math.round(parallel * 100)} % of it can go on at once`;
const pieces = ({ viewpoints, parts }: Given) => viewpoints.length + parts.length;

const rules: readonly ModeRule[] = [
  [
    "swarm",
    ({ score, parallel }) => score > swarmAbove && parallel > parallelShare,
    (given) => `complexity ${given.score} is above ${swarmAbove}, and ${shareOf(given)}`,
  ],
  [
    "swarm",
    (given) => given.viewpoints.length > 2 || given.opinions > 1 || (given.wantsTeam && pieces(given) > 1),
    () => "several viewpoints are wanted side by side",
  ],
  [
    "flow",
    ({ conditions }) => conditions.length > 0,
    ({ conditions }) =>
      `it says what depends on what: ${conditions.map(({ when }) => `if ${when}`).join("; ")}`,
  ],
  [
    "pipeline",
    ({ isStream }) => isStream,
    ({ isEndless }) =>
      isEndless ? "it is about records that keep coming" : "the same is to be done with many records",
  ],
  [
    "chain",
    ({ score, parallel }) => parallel <= parallelShare && score < chainBelow,
    ({ score }) => `one thing follows the other, and complexity ${score} is below ${chainBelow}`,
  ],
];

const fallback: ModeRule = [
  "hybrid",
  () => true,
  (given) =>
    `complexity ${given.score}${given.parallel > 0 ? `, and ${shareOf(given)}` : ""}: steps in turn and side by side`,
];
