import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { createMockAgent } from "../../src/agents/mock/mock.ts";
import { buildPrompt } from "../../src/agents/prompt.ts";
import { type ContextPart, tokensOf } from "../../src/core/context-record.ts";
import { openTutti } from "../../src/engine.ts";
import type { Json, JsonObject } from "../../src/expression/json.ts";
import { textOf } from "../../src/expression/template.ts";
import type { Workflow } from "../../src/language/workflow.ts";
import type { Agent, AgentTask } from "../../src/ports/agent.ts";
import type { TaskContext } from "../../src/ports/executor.ts";
import { createRealClock } from "../../src/runtimes/real-clock.ts";
import { answerOf } from "./answers.ts";
import { type Cost, costOf, type Sent } from "./cost.ts";
import { withContext, withoutContext } from "./variants.ts";

/** A workflow that comes with tutti. */
export interface Example {
  readonly name: string;
  readonly file: string;
  /** What the mock agent does in it; absent: it gives answers of a length. */
  readonly script?: string;
  /** What its folder begins with. */
  readonly project?: string;
}

export interface Measured {
  readonly name: string;
  readonly without: Cost;
  readonly with: Cost;
  /** How the two runs ended. */
  readonly ends: readonly [string, string];
}

/** Those that come with tutti. */
export function examplesIn(root: string): readonly Example[] {
  const quickstart = join(root, "examples/quickstart");
  const named = (folder: string, pattern: RegExp): readonly Example[] =>
    filesOf(join(root, folder), pattern).map((file) => ({
      name: basename(file, ".yaml"),
      file: join(root, folder, file),
    }));
  return [
    {
      name: "quickstart",
      file: join(quickstart, "workflow.yaml"),
      script: join(quickstart, "mock.yaml"),
      project: join(quickstart, "project"),
    },
    ...named("src/commands/library/patterns", /\.yaml$/),
    ...named("examples", /^swarm-[^.]*\.yaml$/),
  ];
}

function filesOf(folder: string, pattern: RegExp): readonly string[] {
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => pattern.test(name))
        .toSorted()
    : [];
}

export interface Measuring {
  /** An empty folder. */
  readonly dir: string;
  /** Tokens of what the workflow is asked for, and of each answer. */
  readonly goal: number;
  readonly answers: number;
}

/** Runs an example without and with what `context_window` and `preamble` do, on an agent that counts. */
export async function measureExample(example: Example, { dir, ...size }: Measuring): Promise<Measured> {
  const plain = await run(example, { dir: join(dir, "without"), ...size, variant: withoutContext });
  const fitted = await run(example, { dir: join(dir, "with"), ...size, variant: withContext });
  return { name: example.name, without: plain.cost, with: fitted.cost, ends: [plain.end, fitted.end] };
}

interface Running extends Measuring {
  readonly variant: (workflow: Workflow) => Workflow;
}

async function run(
  { file, script, project }: Example,
  { dir, goal, answers, variant }: Running,
): Promise<{ readonly cost: Cost; readonly end: string }> {
  makeProject(dir, { from: project, text: textOf(answerOf(undefined, { tokens: answers, seed: 0 })) });
  const texts: Sent[] = [];
  const answer = script === undefined ? answering(answers) : scripted(script, dir);
  const tutti = await openTutti({ cwd: dir, home: join(dir, ".tutti"), agents: [counting(answer, texts)] });
  try {
    const source = await tutti.load({ kind: "file", path: file });
    const workflow = variant(source.workflow);
    const inputs = inputsFor(workflow, goal);
    const handle = await tutti.start({ ...source, workflow }, { inputs, overrides: { agent: "counter" } });
    const { status, id } = await handle.done;
    const events = await tutti.events(id);
    const parts = events.flatMap((event) =>
      event.type === "attempt.started" ? (event.context?.parts ?? []) : [],
    );
    const tokensIn = (became: readonly string[], of: (part: ContextPart) => number): number =>
      parts.filter((part) => became.includes(part.became)).reduce((sum, part) => sum + of(part), 0);
    const beside = {
      referred: tokensIn(["reference"], ({ tokens }) => tokens),
      lost: tokensIn(["dropped", "window"], ({ tokens, kept }) => Math.max(0, tokens - kept)),
    };
    return { cost: costOf(texts, beside), end: status };
  } finally {
    await tutti.close();
  }
}

/** A repository with one commit: of what is in a folder, or of a file of that text. */
function makeProject(
  dir: string,
  { from, text }: { readonly from: string | undefined; readonly text: string },
): void {
  mkdirSync(dir, { recursive: true });
  if (from === undefined) writeFileSync(join(dir, "change.md"), text.replaceAll(/(.{60,80}) /g, "$1\n"));
  else cpSync(from, dir, { recursive: true });
  const who = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"];
  for (const args of [
    ["init", "-q"],
    ["add", "-A"],
    [...who, "commit", "-q", "--allow-empty", "-m", "start"],
  ]) {
    const { status, stderr } = spawnSync("git", args, { cwd: dir, encoding: "utf8" });
    if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
  }
}

/** A text of that length for what is asked, and for the rest what the schema allows. */
function inputsFor({ inputs }: Workflow, goal: number): JsonObject {
  const wanted = Object.entries(inputs).filter(([, { default: usual }]) => usual === undefined);
  return Object.fromEntries(
    wanted.map(([name, { schema }]) => [name, answerOf(schema, { tokens: goal, seed: 0 })]),
  );
}

type Answer = (task: AgentTask, context: TaskContext) => Promise<Json>;

function answering(tokens: number): Answer {
  let seed = 0;
  return async ({ schema }) => answerOf(schema, { tokens, seed: (seed += 1) });
}

/** As the script says; the answers have the lengths that they have there. */
function scripted(script: string, cwd: string): Answer {
  const mock = createMockAgent({
    script: parse(readFileSync(script, "utf8")),
    cwd,
    clock: createRealClock(),
  });
  return async (task, context) => (await mock.run(task, context)).output ?? null;
}

function counting(answer: Answer, sent: Sent[]): Agent {
  return {
    name: "counter",
    abilities: {
      streaming: false,
      resume: false,
      schema: "enforced",
      cost: "free",
      tools: true,
      permissions: "deny",
      files: true,
      mcp: true,
      skills: true,
      subagents: true,
      model: true,
      thinking: true,
    },
    probe: async () => ({ available: true }),
    run: async (task, context) => {
      const text = buildPrompt(task, { shape: "text" });
      sent.push({ to: task.model ?? "", text });
      const output = await answer(task, context);
      const outputTokens = tokensOf(textOf(output));
      return { ok: true, output, usage: { costUsd: 0, inputTokens: tokensOf(text), outputTokens } };
    },
  };
}
