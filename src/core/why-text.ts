/** What one unfinished node waits for. */
export interface Reason {
  readonly address: string;
  /** Of a node at work: what it does. */
  readonly waitsFor: string;
  /** It is at work, or was when its process ended. */
  readonly working?: "now" | "interrupted";
  /** What a person can do about it, when there is something. */
  readonly fix?: string;
}

export type Why = Omit<Reason, "address">;

/** ms since the epoch; whoever prints it for people may turn it into a local time. */
export function timeOf(at: number | undefined): string {
  return at === undefined ? "an unknown time" : `{time:${at}}`;
}

/** What waits for nothing will not go on by itself. */
export function isOver({ waitsFor }: Reason): boolean {
  return waitsFor.startsWith("nothing: ");
}
