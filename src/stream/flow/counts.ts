/** How the records of a place ended, and what it gave; all processes together. */
export interface Counts {
  in: number;
  done: number;
  filtered: number;
  dropped: number;
  dead: number;
  out: number;
  batches: number;
  /** Of those that came in: they were on disk only for a while. */
  spilled: number;
}

export function noCounts(): Counts {
  return { in: 0, done: 0, filtered: 0, dropped: 0, dead: 0, out: 0, batches: 0, spilled: 0 };
}
