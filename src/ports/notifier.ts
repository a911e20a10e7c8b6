/**
 * Tells people in one way that they are asked something, or of an alert.
 *
 * - `notify` resolves when the place has the notice; else it rejects with NOTIFY_FAILED, which never shows `to`: a
 *   webhook's URL may hold a secret;
 * - it settles within a minute, whatever happens there, and nothing that it started is running then;
 * - nothing of a notice becomes code: not in a shell line, a script, markup or a control sequence.
 */
export interface Notifier {
  readonly kind: "terminal" | "desktop" | "webhook" | "command" | "file";
  /** `to`: the URL, shell line or file; empty where the kind says it all. */
  notify(notice: Notice, to: string): Promise<void>;
}

/** That people are asked something and have not answered, or an alert. */
export interface Notice {
  /** The same for the same level of the same question, for ever: who gets it twice can tell. */
  readonly id: string;
  readonly runId: string;
  readonly runName: string;
  readonly address: string;
  /** `alert`: the figures of a pipeline are what the workflow wants people to be told of. */
  readonly kind: "approval" | "question" | "alert";
  readonly text: string;
  /** Who may answer; empty: anybody. */
  readonly by: readonly string[];
  readonly level: number;
  /** ms since the epoch. */
  readonly askedAt: number;
  readonly at: number;
  readonly dueAt?: number;
  /** Command lines that answer it. */
  readonly lines: readonly string[];
  /** A report that was written on the run. */
  readonly report?: string;
}
