/**
 * Every error a person can meet, and the one class that carries it. Codes are permanent: tests, scripts and
 * `docs/errors.md` (generated from this table) rely on them.
 */

/** What each code means, in one line. */
export const errorCodes = {
  // input of the person
  USAGE: "The command line does not fit the verb.",
  NODE_TOO_OLD: "The Node that started tutti is older than 24.15.",
  FILE_NOT_FOUND: "A file that was named does not exist.",
  FILE_UNREADABLE: "A file exists but cannot be read or is not text.",
  RUN_NOT_FOUND: "No run has this id or prefix.",
  RUN_AMBIGUOUS: "More than one run starts with this prefix.",
  INPUT_MISSING: "A required input of the workflow was not given.",
  INPUT_UNKNOWN: "An input was given that the workflow does not declare.",
  INPUT_INVALID: "An input does not have its declared shape.",
  SETTINGS_INVALID: "tutti.yaml has a mistake.",
  // the workflow
  YAML_SYNTAX: "The file is not well-formed YAML or JSON.",
  UNKNOWN_KEY: "A key is not part of the language at this place.",
  WRONG_TYPE: "A value has another type than the language asks for.",
  MISSING_KEY: "A required key is missing.",
  BAD_VALUE: "A value is not one of those allowed, or is out of range.",
  DUPLICATE_NAME: "Two steps of one block have the same name.",
  UNKNOWN_STEP: "A step is named that does not exist or cannot be seen from here.",
  UNKNOWN_NAME: "An expression uses a name that does not exist.",
  UNKNOWN_COMMAND: "A slash command was not found.",
  UNKNOWN_SKILL: "No skill has this name.",
  UNKNOWN_SUBAGENT: "No subagent has this name.",
  UNKNOWN_AGENT: "No agent has this name.",
  UNKNOWN_FUNCTION: "No function was registered under this name.",
  UNKNOWN_SERVER: "No MCP server has this name.",
  UNKNOWN_TOOL: "An MCP server has no tool of this name.",
  CYCLE: "Steps wait for each other in a circle.",
  NEVER_RUNS: "A step refers to another that cannot have run by then.",
  EXPRESSION_SYNTAX: "An expression is not well-formed CEL.",
  EXPRESSION_TYPE: "An expression compares or combines values that do not fit.",
  EXPRESSION_FAILED: "An expression could not be evaluated with the values of this run.",
  EXPRESSION_TOO_COSTLY: "An expression is too long or nested too deeply.",
  FREE_TEXT_COMPARED: "Free text of an agent is compared with a literal.",
  JUDGED: "What should hold is named only, and an agent is asked whether it does.",
  SHELL_TEMPLATE: "Shell text uses ${ } where only ${{ }} is filled in by tutti.",
  NOT_SUPPORTED: "The language has this, but this version of tutti does not do it yet.",
  UNSUPPORTED: "A driver was asked for something it cannot do.",
  AGENT_CANNOT: "A step needs of its agent what that one cannot do.",
  // commands
  COMMAND_AMBIGUOUS: "More than one command fits the name.",
  COMMAND_REPAIRED: "The front matter of a command file was not valid YAML and was read after a repair.",
  COMMAND_DEPENDENCY: "A command depends on another that is missing, unsatisfied or circular.",
  ARGUMENTS_INVALID: "The arguments do not fit what the command declares.",
  // a step's failures
  COMMAND_FAILED: "A command or process ended with a failure.",
  OUTPUT_SHAPE: "An output does not have the declared shape.",
  OUTPUT_TOO_LARGE: "An output is larger than its cap.",
  TIMEOUT: "A step did not end within its time.",
  IDLE: "An agent printed nothing for too long.",
  QUOTA: "The provider refuses for now: rate limit or quota.",
  BREAKER_OPEN: "Not tried: it failed too often in a row and is left alone for a while.",
  AGENT_FAILED: "The agent ended with an error.",
  AGENT_UNAVAILABLE: "The agent's program is not installed or does not start.",
  AGENT_DENIED: "A tool call of the agent was denied.",
  COMMAND_NOT_EXPANDED: "The agent took a slash command for plain text.",
  HTTP_FAILED: "An HTTP call failed.",
  SOURCE_UNREADABLE: "A source of a pipeline cannot be read, or cannot go on where it stopped.",
  MCP_UNAVAILABLE: "An MCP server does not start or cannot be reached.",
  MCP_FAILED: "A tool of an MCP server failed.",
  FUNCTION_FAILED: "A function threw.",
  CHILD_FAILED: "A workflow that is a run of its own did not end well.",
  NO_DECISION: "Votes were counted, and nothing is decided.",
  LOOP_NOT_DONE: "A loop came to its end and its condition does not hold.",
  JOIN_FAILED: "Fewer steps of a block ended well than it asks for.",
  GATE_FAILED: "A gate did not hold.",
  REJECTED: "Somebody who was asked for an approval said no.",
  INTERRUPTED: "A step was interrupted and its on_interrupt says not to run it again by itself.",
  CANCELLED: "The step or run was cancelled.",
  REPLAY_MISS: "No recorded result fits this request.",
  SECRET_MISSING: "A secret that is named has no value here.",
  // records of pipelines
  RECORD_LATE: "A record came when the window that it belongs to was closed.",
  GROUPS_FULL: "A stage that gathers records has as many groups and items in mind as it may.",
  BUFFER_OVERFLOW: "A buffer of a pipeline is full, and its overflow_strategy is fail.",
  PIPELINE_CHANGED: "Records wait in a pipeline that was changed so that they cannot go on in it.",
  RECORD_UNFIT: "A record is not of the form that a stage needs.",
  SINK_FAILED: "A sink of a pipeline could not be written.",
  SINK_CHANGED: "A file that a pipeline writes was changed by somebody else.",
  // limits and state
  LIMIT_REACHED:
    "A cap of a step, a block, the run or the day is used up, or would be passed by the next call.",
  RUN_OWNED: "Another process drives this run.",
  LEASE_LOST: "Another process took this run over.",
  RUN_STATE: "The run is in a state in which this cannot be done.",
  WORKSPACE_UNFIT: "The repository is in no state in which a run can begin in it, or land there.",
  WORKSPACE_NOT_READY: "A working tree could not be made ready for a step.",
  WORKSPACE_LOST: "A checkpoint or working tree of the run is not in this repository.",
  WORKSPACE_UNSAVED: "A working tree holds work that is in no checkpoint.",
  CHECKPOINT_UNKNOWN: "No checkpoint of the run is meant by this.",
  LANDING_CONFLICT: "What was changed in two places cannot be brought together.",
  NOTHING_WAITS: "No node of the run waits for this.",
  ANSWER_REFUSED: "An answer has not the declared shape, or is from somebody who was not asked.",
  NOTIFY_FAILED: "A notification did not reach its place.",
  MEMORY_FAILED: "A memory that runs share could not be read or written.",
  STORE_FULL: "The disk is full; nothing finished is lost.",
  STORE_LOCKED: "The database is held by another program.",
  STORE_DAMAGED: "The database or an artifact is damaged.",
  STORE_VERSION: "The database was written by a newer tutti.",
  ARTIFACT_MISSING: "A stored output is gone or does not match its hash.",
  INTERNAL: "A fault in tutti itself.",
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** A place in a source text. `line` and `column` count from 1; `length` in characters. */
export interface SourcePlace {
  readonly file?: string;
  readonly line: number;
  readonly column: number;
  readonly length?: number;
  /** The source line, for the caret; of a very long one the part around the place. */
  readonly text?: string;
  /** So many characters of the line are left out before `text`. */
  readonly skipped?: number;
}

/** One finding about an input: an error stops the load, a warning is only shown. */
export interface Problem {
  readonly severity: "error" | "warning";
  readonly code: ErrorCode;
  /** "Cannot <do what> "<value>": <what is the case>" */
  readonly message: string;
  /** What to do. */
  readonly fix: string;
  readonly source?: SourcePlace;
}

export interface TuttiErrorOptions {
  readonly fix: string;
  readonly cause?: unknown;
  readonly source?: SourcePlace;
  /** All findings, when there is more than one. */
  readonly problems?: readonly Problem[];
}

/** The only error tutti throws on purpose. Anything else that is thrown is a bug and prints as one. */
export class TuttiError extends Error {
  override readonly name = "TuttiError";
  readonly code: ErrorCode;
  readonly fix: string;
  readonly source: SourcePlace | undefined;
  readonly problems: readonly Problem[];

  constructor(code: ErrorCode, message: string, options: TuttiErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.fix = options.fix;
    this.source = options.source;
    this.problems = options.problems ?? [];
  }
}

/** True for an error of this code (any code when none is given). */
export function isTuttiError(error: unknown, code?: ErrorCode): error is TuttiError {
  return error instanceof TuttiError && (code === undefined || error.code === code);
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** One error for all findings of a load; the first one gives the code. */
export function problemsError(problems: readonly Problem[]): TuttiError {
  const errors = problems.filter((problem) => problem.severity === "error");
  const first = errors[0];
  if (!first) {
    return new TuttiError("INTERNAL", "Cannot report mistakes: there are none", {
      fix: "report this as a bug",
    });
  }
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  return new TuttiError(first.code, first.message + more, {
    fix: first.fix,
    problems,
    ...(first.source ? { source: first.source } : {}),
  });
}
