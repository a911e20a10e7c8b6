/** One thing that was looked at. `fail`: tutti cannot work like this; `warn`: something will be missing. */
export interface Check {
  readonly name: string;
  readonly result: "ok" | "warn" | "fail";
  /** What was found. */
  readonly found: string;
  /** What to do about it; absent when all is well. */
  readonly fix?: string;
}
