/** A place where a run's log breaks one of the invariants. */
export interface Unsoundness {
  /** Position in the log, from 0, and the event's time. */
  readonly index: number;
  readonly at: number;
  readonly rule:
    | "begins with run.created"
    | "times do not go back"
    | "status moves are legal"
    | "events name nodes that exist"
    | "a step starts after its needs"
    | "an attempt ends once, after it started"
    | "a node ends once"
    | "a way is decided once"
    | "a way is one of those declared"
    | "a way has no more on it than may be"
    | "items are listed once"
    | "a part opens after its decision"
    | "rounds come one after another"
    | "items are in the list, and no more open than may"
    | "a block joins once, when enough ended well"
    | "a block is given up once, when too few can end well"
    | "steps are undone one after another, the last that ended first"
    | "time is over once, where it has a cap"
    | "people are asked before they answer"
    | "votes are counted once, and for what may win"
    | "what is kept was learned, and is kept once"
    | "readable";
  readonly message: string;
}

/** What is broken at one event. */
export type Broken = Pick<Unsoundness, "rule" | "message">;
