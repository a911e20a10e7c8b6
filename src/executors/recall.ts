import type { MemoryRead } from "../core/memory.ts";
import { isTuttiError } from "../errors.ts";
import type { ArtifactStore } from "../ports/artifact-store.ts";
import type { Memory, MemoryText } from "../ports/memory.ts";
import type { WorkContext, WorkEffect } from "../ports/performer.ts";
import type { Redactor } from "./redactor.ts";

type PerformEffect = Extract<WorkEffect, { readonly type: "perform" }>;

export interface Recalling {
  /** Absent: there is no memory here. */
  readonly memory: Memory | undefined;
  readonly artifacts: ArtifactStore;
  /** What is told, and kept, has no secret in it and asks for none. */
  readonly redactor: Pick<Redactor, "text">;
  readonly work: Pick<WorkContext, "signal" | "print" | "stage">;
}

/**
 * The effect with what stands in the memory of its step. It is read when the step begins, and written down at once: another try, or
 * another process, is told the same. A memory that cannot be read is told as such, and the step goes without.
 */
export async function recall(effect: PerformEffect, recalling: Recalling): Promise<PerformEffect> {
  const { request, policy } = effect;
  if (!policy.memory?.read || (request.kind !== "agent" && request.kind !== "command")) return effect;
  const { name, maxBytes, was } = policy.memory;
  const text = (await before(was, recalling)) ?? (await now(name, maxBytes, recalling));
  return text === "" ? effect : { ...effect, request: { ...request, memory: { name, text } } };
}

/** What the step was told before; undefined: nothing yet, or it is lost. */
async function before(was: string | undefined, { artifacts, work }: Recalling): Promise<string | undefined> {
  if (was === undefined) return undefined;
  try {
    return Buffer.from(await artifacts.get(was, work.signal)).toString("utf8");
  } catch {
    work.signal.throwIfAborted();
    return undefined;
  }
}

async function now(name: string, maxBytes: number, recalling: Recalling): Promise<string> {
  const { memory, artifacts, redactor, work } = recalling;
  const tell = (read: MemoryRead): void =>
    work.stage({ stage: "memory", ok: read.trouble === undefined, durationMs: 0, memory: read });
  let found: MemoryText | undefined;
  try {
    found = await memory?.read(name, maxBytes);
  } catch (error) {
    if (!isTuttiError(error)) throw error;
    work.print(`memory: ${error.message}; fix: ${error.fix}`, "stderr");
    tell({ name, trouble: redactor.text(error.message) });
    return "";
  }
  const { text: raw, ...counts } = found ?? { text: "", notes: 0, left: 0 };
  const text = redactor.text(raw).trim();
  const { id, bytes } = await artifacts.put(Buffer.from(text), work.signal);
  tell({ name, artifact: id, bytes, ...counts });
  return text;
}
