import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Agent, AgentTask } from "../../ports/agent.ts";
import type { TaskContext } from "../../ports/executor.ts";
import { fileSignature, trackChanges, type ChangeTracker } from "../changed-files.ts";
import { openCassette, type Cassette, type FileChange } from "./cassette.ts";
import { recordedRequest } from "./request.ts";

/**
 * The same agent, with everything it does kept in a cassette (a folder; made when it does not exist): request,
 * outcome, usage and what became of the files. Work that was aborted is not kept.
 */
export function createRecorder(agent: Agent, { cassette }: { readonly cassette: string }): Agent {
  const tape = openCassette(cassette);
  return {
    name: agent.name,
    probe: (signal) => agent.probe(signal),
    run: async (task: AgentTask, context: TaskContext) => {
      const changes = await trackChanges(context);
      const outcome = await agent.run(task, context);
      const own = relative(context.cwd, cassette).replaceAll("\\", "/");
      // The tape of a task that ran at the same time is no work of this one.
      const paths = ((await changes.changed()) ?? []).filter((path) => !path.startsWith(`${own}/`));
      const inside = paths.filter((path) => !path.startsWith("../"));
      const files: FileChange[] = [];
      for (const path of inside) files.push(await keepChange(path, { changes, context, tape }));
      await tape.record({
        address: context.address,
        attempt: context.attempt,
        agent: agent.name,
        request: recordedRequest(task, context),
        outcome,
        files,
        outside: paths.filter((path) => path.startsWith("../")),
      });
      return outcome;
    },
  };
}

async function keepChange(
  path: string,
  {
    changes,
    context,
    tape,
  }: { readonly changes: ChangeTracker; readonly context: TaskContext; readonly tape: Cassette },
): Promise<FileChange> {
  const file = join(context.cwd, path);
  const before = await changes.before(path);
  const after = await fileSignature(file);
  if (!isContent(after)) return { path, before, after };
  // Somebody else may take the file away in between; then it is not there any more.
  const content = await readFile(file).catch(() => undefined);
  return content ? { path, before, after, blob: await tape.keep(content) } : { path, before, after: "" };
}

function isContent(signature: string): boolean {
  return signature.startsWith("x:") || signature.startsWith("-:");
}
