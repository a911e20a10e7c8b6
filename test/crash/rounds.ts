import { crashRound, runUndisturbed, type RoundEnd, type Undisturbed } from "./round.ts";

export interface RoundsOptions {
  readonly seed: number;
  /** True while another round is to be begun. */
  readonly more: (so: Figures) => boolean;
  /** How many graphs the rounds take in turn. */
  readonly graphs: number;
  readonly atOnce: number;
  /** Most kills of one run; default 40. */
  readonly mostKills?: number;
  readonly onRound?: (figures: Figures) => void;
}

export interface Figures {
  readonly rounds: number;
  readonly kills: number;
  readonly killsBeforeRun: number;
  readonly killsOfResume: number;
  /** Each with the seed that repeats it and the folder that was kept. */
  readonly faults: readonly string[];
}

const nothing: Figures = { rounds: 0, kills: 0, killsBeforeRun: 0, killsOfResume: 0, faults: [] };

/** Round after round, a few at once, until it is enough or one of them has a fault. */
export async function crashRounds(options: RoundsOptions): Promise<Figures> {
  const { seed, more, graphs, atOnce, mostKills = 40 } = options;
  const known = new Map<number, Promise<Undisturbed>>();
  let figures = nothing;
  let next = seed;
  const undisturbed = (graphSeed: number) => {
    const made = known.get(graphSeed) ?? runUndisturbed(graphSeed);
    known.set(graphSeed, made);
    return made;
  };
  const work = async () => {
    while (figures.faults.length === 0 && more(figures)) {
      const roundSeed = next;
      next += 1;
      const graphSeed = seed + ((roundSeed - seed) % graphs);
      const end = await crashRound(await undisturbed(graphSeed), { seed: roundSeed, mostKills });
      figures = added(figures, { end, roundSeed, graphSeed });
      options.onRound?.(figures);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return figures;
}

function added(
  figures: Figures,
  {
    end,
    roundSeed,
    graphSeed,
  }: { readonly end: RoundEnd; readonly roundSeed: number; readonly graphSeed: number },
): Figures {
  return {
    rounds: figures.rounds + 1,
    kills: figures.kills + end.kills,
    killsBeforeRun: figures.killsBeforeRun + end.killsBeforeRun,
    killsOfResume: figures.killsOfResume + end.killsOfResume,
    faults: [
      ...figures.faults,
      ...end.faults.map((fault) => `round ${roundSeed}, graph ${graphSeed}, ${end.folder}: ${fault}`),
    ],
  };
}
