import { readTask } from "../task/facts.ts";
import { effortOf, scoreOf, type Score, type Sign, summed, type ThinkingLevel } from "../task/score.ts";
import type { AgentAction, CommandAction, Effort, Step, Workflow } from "../language/workflow.ts";

/** How long an agent was told to think. Without a score somebody said so. */
export interface ThinkingRecord {
  readonly level: ThinkingLevel;
  /** How complex what it was asked is, 0 to 10, and why. */
  readonly score?: number;
  readonly signs?: readonly Sign[];
}

/** What is known of a request when it is made. */
export interface Asked {
  readonly text: () => string;
  /** How many values went into it. */
  readonly values: number;
  /** How often gates sent its answer back. */
  readonly rounds: number;
}

type AgentStep = CommandAction | AgentAction;

/** How long an agent thinks about a step; undefined where nobody says anything of it, or its effort is said. */
export function thinkingOf(
  { thinking: usual }: Pick<Workflow, "thinking">,
  step: Step,
  asked: Asked,
): ThinkingRecord | undefined {
  const { action } = step;
  if (action.kind !== "command" && action.kind !== "agent") return undefined;
  const wanted = wantedThinking(action, usual);
  if (wanted === undefined) return undefined;
  if (wanted !== "auto") return { level: wanted };
  const { score, signs, thinking: level } = complexityOf(step, action, asked);
  return { level, score, signs };
}

/** What an agent is told of how long it thinks; undefined: nothing. */
export function effortFor(action: AgentStep, thinking: ThinkingRecord | undefined): Effort | undefined {
  return action.effort ?? (thinking && effortOf[thinking.level]);
}

/** True where how long it thinks follows from what it is asked. */
export function isThinkingScored(action: AgentStep, { thinking }: Pick<Workflow, "thinking">): boolean {
  return wantedThinking(action, thinking) === "auto";
}

function wantedThinking(action: AgentStep, usual: Workflow["thinking"]): Workflow["thinking"] {
  return action.thinking ?? (action.effort === undefined ? usual : undefined);
}

/** The signs of its text, and those of the step around it. */
function complexityOf(step: Step, action: AgentStep, { text, values, rounds }: Asked): Score {
  const { gates, mayWrite } = step;
  const checks = gates.filter(({ kind }) => kind !== "landing").length;
  return summed([
    ...scoreOf(readTask(text())).signs,
    { points: mayWrite === "yes" ? 1 : 0, because: "it may change files" },
    { points: reached(values, [3, 6]), because: `${values} values go into it` },
    {
      points: reached(checks, [1, 4]),
      because: checks === 1 ? "a gate checks it" : `${checks} gates check it`,
    },
    ...(action.kind === "command" ? commandSigns(action) : []),
    {
      points: Math.min(rounds, 3),
      because: rounds === 1 ? "a try was not accepted" : `${rounds} tries were not accepted`,
    },
  ]);
}

const pointsOf = { simple: -1, medium: 1, complex: 3 } as const;

function commandSigns({ command, complexity }: CommandAction): readonly Sign[] {
  if (complexity === undefined) return [];
  return [{ points: pointsOf[complexity], because: `the command ${command} is ${complexity}` }];
}

/** How many of the thresholds a number reaches. */
function reached(value: number, thresholds: readonly number[]): number {
  return thresholds.filter((threshold) => value >= threshold).length;
}
