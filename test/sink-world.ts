import { readdirSync } from "node:fs";
import type { Json } from "../src/expression/json.ts";
import type { SinkTarget } from "../src/language/pipeline.ts";
import type { StreamRecord } from "../src/ports/stream-store.ts";
import { openSink } from "../src/stream/sinks/open.ts";
import { createStageHost, type StageHostOptions } from "./stage-world.ts";

export interface Opening extends StageHostOptions {
  readonly cwd?: string;
  readonly position?: Json;
  readonly taken?: Set<string>;
}

const { signal } = new AbortController();

/** A sink named `out`, and the host that it asks. */
export async function open(
  target: SinkTarget,
  { cwd = "/project", position = null, taken = new Set(), ...options }: Opening = {},
) {
  const host = { ...createStageHost(options), cwd };
  const sink = { name: "out", from: ["source"], batchSize: 10, batchWaitMs: 0, ...target };
  const writer = await openSink(sink, { position, host, taken });
  const write = (records: readonly StreamRecord[], id = "out/0") => writer.write({ id, records }, signal);
  return { host, writer, write };
}

/** Names of all that is below a folder. */
export function allIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
}
