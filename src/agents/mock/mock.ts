import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { isTuttiError, messageOf } from "../../errors.ts";
import type { Failure, Outcome, Usage } from "../../core/outcome.ts";
import type { Json } from "../../expression/json.ts";
import type { Agent, AgentAbilities, AgentTask } from "../../ports/agent.ts";
import type { Clock } from "../../ports/clock.ts";
import type { TaskContext } from "../../ports/executor.ts";
import { pathInside } from "../inside.ts";
import { buildPrompt } from "../prompt.ts";
import { wantedShape } from "../shape.ts";
import { scriptedFailure, stoppedBefore } from "./failures.ts";
import { readMockScript, type MockFile, type MockRule, type MockScript } from "./script.ts";
import { synthesize } from "./synthesize.ts";
import { pause } from "./pause.ts";

export interface MockOptions {
  /** The parsed script (docs/mock-agent.md); without one every task is answered at once. */
  readonly script?: unknown;
  /** The folder below which `from:` of the script reads; absolute. */
  readonly cwd: string;
  readonly clock: Clock;
}

/**
 * An agent that does what a script says and costs nothing. A task that no rule fits is answered at once with a value
 * made from its schema. Throws a TuttiError that lists every mistake of the script.
 */
export function createMockAgent(options: MockOptions): Agent {
  const script = readMockScript(options.script);
  const played = new Set<MockRule>();
  return {
    name: "mock",
    abilities,
    unused: () =>
      script.rules.flatMap((rule, index) =>
        played.has(rule) ? [] : [`rule ${index + 1} of the mock script${markOf(rule)} fitted nothing`],
      ),
    probe: (signal) => {
      signal?.throwIfAborted();
      return Promise.resolve({ available: true, version: "scripted" });
    },
    run: async (task, context) => {
      context.signal.throwIfAborted();
      const rule = script.rules.find((one) => fits(one, { task, context }));
      if (rule) played.add(rule);
      return rule ? play(rule, { task, context, options }) : unscripted(script, { task, context });
    },
  };
}

/** It stands in for any agent: what it is given and a script does not need, it leaves alone. */
const abilities: AgentAbilities = {
  streaming: true,
  resume: false,
  schema: "asked",
  cost: "free",
  tools: true,
  permissions: "ask",
  files: true,
  mcp: true,
  skills: true,
  subagents: true,
  model: true,
  thinking: true,
};

/** By what a person finds the rule. */
function markOf({ step, gate, command }: MockRule): string {
  const marks = Object.entries({ step, gate, command }).filter(([, value]) => value !== undefined);
  return marks.length === 0 ? "" : ` (${marks.map(([name, value]) => `${name}: ${value}`).join(", ")})`;
}

interface Job {
  readonly task: AgentTask;
  readonly context: TaskContext;
}

function fits(rule: MockRule, { task, context }: Job): boolean {
  const { work } = task;
  if (rule.command !== undefined && (work.kind !== "command" || work.command.name !== rule.command))
    return false;
  if (rule.step !== undefined && !globFits(rule.step, context.address)) return false;
  if (!fitsGate(rule, context) || !fitsNumbers(rule, context)) return false;
  return rule.prompt === undefined || rule.prompt.test(buildPrompt(task, { shape: "text" }));
}

/** Who is to judge a step is asked something else than who does it: a rule is for the one or for the other. */
function fitsGate({ gate }: MockRule, { gate: judged, judges }: TaskContext): boolean {
  if (gate === undefined || judged === undefined) return gate === judged;
  return gate === judges || globFits(gate, judged);
}

/** A judge is asked in the attempt that it judges, and again in the same one when it could not be asked. */
function fitsNumbers({ attempt, ask }: MockRule, context: TaskContext): boolean {
  if (attempt !== undefined && !attempt.includes(context.attempt)) return false;
  return ask === undefined || ask.includes(context.ask ?? 1);
}

/** `*` stands for any run of characters; everything else for itself. */
function globFits(glob: string, address: string): boolean {
  const [first = "", ...others] = glob.split("*");
  const last = others.pop();
  if (last === undefined) return address === glob;
  if (!address.startsWith(first)) return false;
  let from = first.length;
  for (const part of others) {
    const at = address.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return address.length - last.length >= from && address.endsWith(last);
}

function unscripted(script: MockScript, { task, context }: Job): Outcome {
  if (script.otherwise === "fail")
    return {
      ok: false,
      usage: { costUsd: 0, inputTokens: 0, outputTokens: 0 },
      failure: {
        code: "AGENT_FAILED",
        message: `Cannot answer "${context.address}": no rule of the mock script fits attempt ${context.attempt} of it`,
        fix: "add a rule, or set `otherwise: answer`",
        class: "permanent",
      },
    };
  const output = madeUpAnswer(task, context);
  return { ok: true, output, usage: estimate(task, output), details: { mock: "made up" } };
}

function madeUpAnswer(task: AgentTask, { gate }: TaskContext): Json {
  if (gate !== undefined) return { pass: true, score: 100, reasons: ["mock: it holds"], evidence: [] };
  // nothing is learned from what is made up
  const { learns: _, ...asked } = task;
  const shape = wantedShape(asked);
  if (shape) return shape.outputOf(synthesize(shape.schema));
  return task.work.kind === "command" ? `mock: /${task.work.command.name} is done` : "mock: done";
}

/** Four characters a token, as a rule of thumb. */
function estimate(task: AgentTask, output: Json): Usage {
  return {
    costUsd: 0,
    inputTokens: Math.ceil(buildPrompt(task, { shape: "text" }).length / 4),
    outputTokens: Math.ceil(JSON.stringify(output).length / 4),
  };
}

async function play(
  rule: MockRule,
  { task, context, options }: Job & { readonly options: MockOptions },
): Promise<Outcome> {
  const stopped = stoppedBefore(rule, task);
  if (stopped) return { ok: false, usage: { ...estimate(task, ""), costUsd: 0 }, ...stopped };
  // stopped, it has cost nothing all the same; what costs something is not known before its end
  if (rule.cost === 0) context.used?.(usageFor(rule, { task, output: "" }));
  for (const line of rule.print) context.print(line, "agent");
  const late = await waitFor(rule.delay, { context, clock: options.clock });
  if (late) return { ok: false, failure: late, usage: usageFor(rule, { task, output: "" }) };
  const misplaced = await applyFiles(filesOf(rule, task), { from: options.cwd, to: context.cwd });
  if (misplaced) return { ok: false, failure: misplaced, usage: usageFor(rule, { task, output: "" }) };
  context.signal.throwIfAborted();
  const output = rule.output ?? rule.text ?? madeUpAnswer(task, context);
  const common = { usage: usageFor(rule, { task, output }) };
  const failure = scriptedFailure(rule, options.clock.now());
  return failure ? { ok: false, failure, ...common } : { ok: true, output, ...common };
}

/** What a call that a person has denied would have written is not there. */
function filesOf({ asks, files }: MockRule, { decided }: AgentTask): MockRule["files"] {
  return asks && decided?.allow === false ? {} : files;
}

function usageFor(
  rule: MockRule,
  { task, output }: { readonly task: AgentTask; readonly output: Json },
): Usage {
  const guess = estimate(task, output);
  return {
    costUsd: rule.cost,
    inputTokens: rule.tokens?.input ?? guess.inputTokens,
    ...(rule.tokens?.cached === undefined ? {} : { cachedTokens: rule.tokens.cached }),
    outputTokens: rule.tokens?.output ?? guess.outputTokens,
  };
}

/** Waits as scripted, but no longer than the step allows; gives the failure of a wait that was too long. */
async function waitFor(
  delayMs: number,
  { context, clock }: { readonly context: TaskContext; readonly clock: Clock },
): Promise<Failure | undefined> {
  const { timeoutMs = Infinity, idleMs = Infinity } = context.policy;
  const allowedMs = Math.min(timeoutMs, idleMs);
  if (delayMs > 0) await pause(Math.min(delayMs, allowedMs), { clock, signal: context.signal });
  if (delayMs <= allowedMs) return undefined;
  return {
    code: timeoutMs <= idleMs ? "TIMEOUT" : "IDLE",
    message: `Cannot wait for the mock agent: its delay of ${delayMs} ms is longer than the ${allowedMs} ms allowed`,
    fix: "shorten the delay of the rule or raise the step's timeout",
    class: "timeout",
  };
}

/** Writes and deletes what the rule names; gives the failure of the first file that cannot be. */
async function applyFiles(
  files: MockRule["files"],
  { from, to }: { readonly from: string; readonly to: string },
): Promise<Failure | undefined> {
  for (const [path, file] of Object.entries(files)) {
    try {
      await applyFile(file, { path: await pathInside(to, path), folder: from });
    } catch (error) {
      return {
        code: isTuttiError(error) ? error.code : "FILE_UNREADABLE",
        message: isTuttiError(error) ? error.message : `Cannot write "${path}": ${messageOf(error)}`,
        fix: isTuttiError(error) ? error.fix : "check the path and its `from:` in the mock script",
        class: "permanent",
      };
    }
  }
  return undefined;
}

async function applyFile(
  file: MockFile,
  { path, folder }: { readonly path: string; readonly folder: string },
): Promise<void> {
  if (file === null) return rm(path, { recursive: true, force: true });
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, await contentOf(file, folder));
  if (typeof file === "object" && file.executable === true) await chmod(path, 0o755);
}

async function contentOf(file: NonNullable<MockFile>, folder: string): Promise<string | Uint8Array> {
  if (typeof file === "string") return file;
  if ("text" in file) return file.text;
  if ("base64" in file) return Buffer.from(file.base64, "base64");
  return readFile(await pathInside(folder, file.from));
}
