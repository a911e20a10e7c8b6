/** Repeated measurements of one thing. */
export interface Samples {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly count: number;
}

/** What the values say together; throws for none. */
export function summarize(values: readonly number[]): Samples {
  const sorted = values.toSorted((a, b) => a - b);
  const least = sorted[0];
  const most = sorted.at(-1);
  const lower = sorted[(sorted.length - 1) >> 1];
  const upper = sorted[sorted.length >> 1];
  if (least === undefined || most === undefined || lower === undefined || upper === undefined) {
    throw new RangeError("there is nothing to summarize");
  }
  return { median: (lower + upper) / 2, least, most, count: sorted.length };
}

/**
 * Measurements of ours between those of a raw limit: `raw[0] ours[0] raw[1] … ours[n-1] raw[n]`. Load from outside
 * moves slowly against a block, so each of ours is held against the mean of its two neighbours.
 */
export function ratiosToNeighbours(ours: readonly number[], raw: readonly number[]): readonly number[] {
  return ours.map(
    (value, index) => value / (((raw[index] ?? Number.NaN) + (raw[index + 1] ?? Number.NaN)) / 2),
  );
}

export interface Blocks {
  /** Each call is one block, and gives its rate. */
  readonly ours: () => Promise<number>;
  readonly raw: () => number;
  /** Of each kind, before anything is measured. */
  readonly warmUps: number;
  readonly rounds: number;
  readonly tell: (round: number) => void;
}

/** Blocks of ours, each between two raw ones, in one process. */
export async function measureBlocks({ ours, raw, warmUps, rounds, tell }: Blocks): Promise<{
  readonly ours: Samples;
  readonly raw: Samples;
  /** Of each block of ours to its neighbours. */
  readonly ratio: Samples;
}> {
  for (let round = 0; round < warmUps; round += 1) {
    raw();
    await ours();
  }
  const rawRates = [raw()];
  const ourRates: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    ourRates.push(await ours());
    rawRates.push(raw());
    tell(round);
  }
  const ratios = ratiosToNeighbours(ourRates, rawRates);
  return { ours: summarize(ourRates), raw: summarize(rawRates), ratio: summarize(ratios) };
}
