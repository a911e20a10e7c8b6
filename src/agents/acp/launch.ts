import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentTask } from "../../ports/agent.ts";
import type { ProcessCommand } from "../../ports/processes.ts";
import type { AcpOptions } from "./acp.ts";
import type { AcpEntry } from "./entry.ts";

export interface Launched {
  readonly command: Pick<ProcessCommand, "file" | "args" | "cwd" | "env">;
  /** Removes what was written for this call. */
  remove(): Promise<void>;
}

interface LaunchOptions extends Pick<AcpOptions, "entry" | "environment"> {
  readonly task?: Pick<AgentTask, "model">;
  readonly context: { readonly cwd: string; readonly env: Readonly<Record<string, string>> };
}

/** How the program of an entry is started for a task. */
export async function launch({ entry, environment, task, context }: LaunchOptions): Promise<Launched> {
  const written = entry.file ? await write(entry.file) : undefined;
  const { args, env } = modelOf(entry, task?.model);
  return {
    command: {
      file: entry.program,
      args: [...entry.args, ...args, ...(written ? [written.argument, written.file] : [])],
      cwd: context.cwd,
      env: { ...passed(environment, entry.passes), ...context.env, ...entry.env, ...env },
    },
    remove: async () => {
      if (written) await rm(written.folder, { recursive: true, force: true });
    },
  };
}

async function write({ argument, name, text }: NonNullable<AcpEntry["file"]>) {
  const folder = await mkdtemp(join(tmpdir(), "tutti-"));
  const file = join(folder, name);
  await writeFile(file, text, { mode: 0o600 });
  return { argument, folder, file };
}

function modelOf(
  { model }: AcpEntry,
  chosen: string | undefined,
): { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> } {
  if (chosen === undefined || !model || "option" in model) return { args: [], env: {} };
  return "argument" in model
    ? { args: [model.argument, chosen], env: {} }
    : { args: [], env: { [model.variable]: chosen } };
}

/** What of an environment an entry has passed on. */
export function passed(
  environment: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment))
    if (value !== undefined && names.some((one) => isNamed(name, one))) found[name] = value;
  return found;
}

function isNamed(name: string, pattern: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
