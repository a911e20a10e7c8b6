/** Time, so that tests can hold it still. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `fire` once at or after `dueAt`, also when that lies in the past; the returned function forgets it. */
  at(dueAt: number, fire: () => void): () => void;
}
