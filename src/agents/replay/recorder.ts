import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Agent, AgentTask } from "../../ports/agent.ts";
import type { TaskContext } from "../../ports/executor.ts";
import { fileSignature, trackChanges, type ChangeTracker } from "../../files/changed-files.ts";
import { openCassette, type Cassette, type FileChange, type Redaction } from "./cassette.ts";
import { recordedRequest } from "./request.ts";

export interface RecorderOptions {
  /** A folder; made when it does not exist. */
  readonly cassette: string;
  /** Takes secrets out of what is kept. */
  readonly redaction: Redaction;
}

/**
 * The same agent, with everything it does kept in a cassette: request, outcome, usage and what became of the files.
 * Work that was aborted is not kept. Nor is a file that holds a secret: it is named, and its entry cannot be replayed.
 */
export function createRecorder(agent: Agent, { cassette, redaction }: RecorderOptions): Agent {
  const tape = openCassette(cassette);
  return {
    name: agent.name,
    abilities: agent.abilities,
    probe: (signal) => agent.probe(signal),
    run: async (task: AgentTask, context: TaskContext) => {
      const changes = await trackChanges(context);
      const outcome = await agent.run(task, context);
      const own = relative(context.cwd, cassette).replaceAll("\\", "/");
      // The tape of a task that ran at the same time is no work of this one.
      const paths = ((await changes.changed()) ?? []).filter((path) => !path.startsWith(`${own}/`));
      const inside = paths.filter((path) => !path.startsWith("../"));
      const { files, withheld } = await keepChanges(inside, { changes, context, tape, redaction });
      await tape.record({
        address: context.address,
        attempt: context.attempt,
        agent: agent.name,
        request: recordedRequest(task, { cwd: context.cwd, redaction }),
        outcome: redaction.outcome(outcome),
        files,
        outside: paths.filter((path) => path.startsWith("../")).map((path) => redaction.text(path)),
        withheld,
      });
      return outcome;
    },
  };
}

interface Keeping {
  readonly changes: ChangeTracker;
  readonly context: TaskContext;
  readonly tape: Cassette;
  readonly redaction: Redaction;
}

async function keepChanges(
  paths: readonly string[],
  keeping: Keeping,
): Promise<{ readonly files: readonly FileChange[]; readonly withheld: readonly string[] }> {
  const files: FileChange[] = [];
  const withheld: string[] = [];
  for (const path of paths) {
    const change = await keepChange(path, keeping);
    if (change) files.push(change);
    else withheld.push(keeping.redaction.text(path));
  }
  if (withheld.length > 0) {
    const note = `not recorded, because a secret is in it: ${withheld.join(", ")}; this step cannot be replayed`;
    keeping.context.print(note, "stderr");
  }
  return { files, withheld };
}

/** Undefined when a secret is in the file, its name or the target of a link. */
async function keepChange(
  path: string,
  { changes, context, tape, redaction }: Keeping,
): Promise<FileChange | undefined> {
  const file = join(context.cwd, path);
  const before = await changes.before(path);
  const after = await fileSignature(file);
  // not in the hash of a content, where a short secret is found by chance
  const texts = [path, ...[before, after].filter((signature) => signature.startsWith("link:"))];
  if (texts.some((text) => redaction.text(text) !== text)) return undefined;
  if (!isContent(after)) return { path, before, after };
  // Somebody else may take the file away in between; then it is not there any more.
  const content = await readFile(file).catch(() => undefined);
  if (!content) return { path, before, after: "" };
  if (redaction.isIn(content)) return undefined;
  return { path, before, after, blob: await tape.keep(content) };
}

function isContent(signature: string): boolean {
  return signature.startsWith("x:") || signature.startsWith("-:");
}
