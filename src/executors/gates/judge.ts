import { knownOf } from "../../core/usage.ts";
import { cachedOf } from "../usage.ts";
import { shapeProblems } from "../../shape/shape.ts";
import { counted, held, notHeld } from "./evidence.ts";
import { judgePrompt, type Looked, verdictSchema } from "./judge-prompt.ts";
import { mostJudgeAsks } from "../../core/budget.ts";
import type { Outcome, Usage } from "../../core/outcome.ts";
import { isObject, type Json } from "../../expression/json.ts";
import type { Executor } from "../../ports/executor.ts";
import type { CheckOf, GateChecker, GateContext } from "../../ports/gate-checker.ts";

/** Does requests of the kind `agent`. */
type AgentExecutor = Executor;

/** Tools that change nothing. */
const lookingTools = ["Read", "Grep", "Glob"];

/**
 * A gate that another agent judges, in a session of its own. It holds only when the agent says so in the declared shape, and
 * its score is not below the threshold. An agent that fails gives its failure on: whether it is asked again is not decided
 * here.
 */
export function createJudgeGate({ agent }: { readonly agent: AgentExecutor }): GateChecker<CheckOf<"judge">> {
  return {
    kind: "judge",
    async check(check, context) {
      const { text: prompt, looked } = await judgePrompt(check, context);
      const asked = await ask(check, { prompt, context, agent });
      const { outcome, usage, asks } = asked;
      const used = usage ? { usage: asks > 1 ? { ...usage, asks } : usage } : {};
      if (!outcome.ok && !asked.problems) return { ...withoutResult(outcome), ...used };
      const facts = { ...factsOf(check, context), ...(asks > 1 ? { asks } : {}), ...lookedPart(looked) };
      if (asked.problems) {
        const summary = `${check.agent} gave no verdict in ${counted(asks, "answer")}: ${asked.problems}`;
        return { ...notHeld({ ...facts, summary, undecided: true }), ...used };
      }
      return { ...decide(check, { output: outcome.output ?? null, facts }), ...used };
    },
  };
}

interface Asking {
  readonly prompt: string;
  readonly context: GateContext;
  readonly agent: AgentExecutor;
}

interface Asked {
  readonly outcome: Outcome;
  readonly usage: Usage | undefined;
  readonly asks: number;
  /** What is wrong with the last answer. */
  readonly problems?: string;
}

/** Asks until an answer has the shape of a verdict, each time in a session of its own. */
async function ask(
  { agent: name, model }: CheckOf<"judge">,
  { prompt, context, agent }: Asking,
): Promise<Asked> {
  const request = { kind: "agent", agent: name, prompt, tools: lookingTools } as const;
  const policy = { ...context.policy, schema: verdictSchema };
  const most = Math.min(mostJudgeAsks, context.policy.mostAsks ?? mostJudgeAsks);
  let usage: Usage | undefined;
  let feedback: string | undefined;
  for (let asks = 1; ; asks += 1) {
    const outcome = await agent.execute(
      {
        ...request,
        ...(model === undefined ? {} : { model }),
        ...(feedback === undefined ? {} : { feedback }),
      },
      {
        ...context,
        policy,
        used: (known) => context.used?.(knownOf(usage && { ...usage, asks: asks - 1 }, known)),
        effectId: asks === 1 ? context.effectId : `${context.effectId}~${asks}`,
      },
    );
    usage = sumOf(usage, outcome.usage);
    const problems = problemsOf(outcome);
    // what could not even be asked is not counted, but what was asked before it is
    if (outcome.asked === false && asks > 1) return { outcome: wasAsked(outcome), usage, asks: asks - 1 };
    if (problems === undefined) return { outcome, usage, asks };
    if (asks >= most) return { outcome, usage, asks, problems };
    feedback = `Your answer could not be used: ${problems}. Judge again, and answer in the declared shape.`;
  }
}

function wasAsked({ asked: _, ...outcome }: Outcome): Outcome {
  return outcome;
}

/** What keeps an answer from being a verdict; undefined when it is one, or when there is none because the agent failed. */
function problemsOf({ ok, output, failure }: Outcome): string | undefined {
  if (!ok) return failure?.code === "OUTPUT_SHAPE" ? failure.message : undefined;
  const problems = shapeProblems(verdictSchema, output ?? null, {
    root: "verdict",
    what: "the shape of a verdict",
    fix: "",
  });
  return problems.length > 0 ? problems.join("; ") : undefined;
}

function sumOf(a: Usage | undefined, b: Usage | undefined): Usage | undefined {
  if (!a || !b) return a ?? b;
  return {
    costUsd: a.costUsd === null || b.costUsd === null ? null : a.costUsd + b.costUsd,
    inputTokens: a.inputTokens + b.inputTokens,
    ...cachedOf(a, b),
    outputTokens: a.outputTokens + b.outputTokens,
    ...(a.atLeast || b.atLeast ? { atLeast: true } : {}),
  };
}

function withoutResult({ ok, failure, asked, limit, details }: Outcome): Outcome {
  return {
    ok,
    ...(failure ? { failure } : {}),
    ...(asked === undefined ? {} : { asked }),
    ...(limit ? { limit } : {}),
    ...(details ? { details } : {}),
  };
}

/** Who judged whom by what. */
function factsOf({ agent, model, question, threshold }: CheckOf<"judge">, { subject }: GateContext) {
  return {
    judge: model === undefined ? agent : `${agent} (${model})`,
    ...(subject.work?.agents?.includes(agent) ? { self_judged: true } : {}),
    ...(question.about === "criteria" ? { criteria: question.criteria } : { criterion: question.criterion }),
    ...(threshold === undefined ? {} : { threshold }),
  };
}

function lookedPart(looked: readonly Looked[]): { readonly looked?: Json } {
  if (looked.length === 0) return {};
  return { looked: looked.map(({ file, hash }) => ({ file, ...(hash === undefined ? {} : { hash }) })) };
}

interface Deciding {
  readonly output: Json;
  readonly facts: ReturnType<typeof factsOf> & ReturnType<typeof lookedPart>;
}

function decide({ agent, threshold }: CheckOf<"judge">, { output, facts }: Deciding): Outcome {
  const said = isObject(output) ? output : {};
  const pass = said["pass"] === true;
  const score = typeof said["score"] === "number" ? said["score"] : 0;
  const [reasons, evidence] = [textsOf(said["reasons"]), textsOf(said["evidence"])];
  const isEnough = threshold === undefined || score >= threshold;
  const summary = `${agent} ${foundText(pass, isEnough)} (${score} of 100${leastText(threshold)})${reasons.length > 0 ? `: ${reasons[0] ?? ""}` : ""}`;
  const verdict = { ...facts, summary, pass, score, reasons, evidence };
  if (pass && isEnough) return held(verdict);
  return notHeld({ ...verdict, output: [...reasons, ...evidence].map((line) => `- ${line}`).join("\n") });
}

function foundText(pass: boolean, isEnough: boolean): string {
  if (!pass) return "finds that it does not hold";
  return isEnough ? "finds that it holds" : "scores it too low";
}

function leastText(threshold: number | undefined): string {
  return threshold === undefined ? "" : `, at least ${threshold} is wanted`;
}

function textsOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.map((one) => String(one)) : [];
}
