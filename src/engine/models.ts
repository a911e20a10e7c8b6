import { join } from "node:path";
import type { ModelEntry } from "../agents/model/endpoints.ts";
import { createModelAgent, type ModelAgentOptions } from "../agents/model/model.ts";
import { shellCommand } from "../executors/run-shell.ts";
import type { Redactor } from "../executors/redactor.ts";
import type { Agent } from "../ports/agent.ts";
import type { ModelSettings } from "../verbs/agent-settings.ts";
import type { Settings } from "../verbs/settings.ts";

export interface ModelParts extends Pick<ModelAgentOptions, "processes" | "clock" | "secrets"> {
  readonly settings: Settings;
  /** Absent: nothing is written. */
  readonly stateDir?: string;
  readonly redactor: Redactor;
}

/** The agent `model`, and those of the project's settings that are models. */
export function modelAgents({ settings, stateDir, redactor, ...parts }: ModelParts): readonly Agent[] {
  const entries = mapped(settings.models ?? {}, entryOf);
  const options = {
    ...parts,
    learnSecret: (value: string) => redactor.learn([value]),
    redaction: redactor,
    shell: shellCommand,
    ...(stateDir === undefined ? {} : { sessions: join(stateDir, "sessions") }),
  };
  const named = Object.entries(settings.agents ?? {}).flatMap(([name, { model }]) => {
    if (model === undefined) return [];
    const own = typeof model === "string" ? model : entryOf(model);
    return [createModelAgent({ ...options, name, models: { entries, own } })];
  });
  return [createModelAgent({ ...options, models: { entries } }), ...named];
}

function entryOf(said: ModelSettings): ModelEntry {
  const { provider = "openai-compatible", model, base_url, api_key, prices, structured_output } = said;
  return {
    provider,
    ...(model === undefined ? {} : { model }),
    ...(base_url === undefined ? {} : { baseUrl: base_url }),
    ...(api_key === undefined ? {} : { apiKey: api_key }),
    ...(prices ? { prices: pricesOf(prices) } : {}),
    ...(structured_output === undefined ? {} : { enforcesSchema: structured_output }),
  };
}

function pricesOf({ input, output, cached, cache_write }: NonNullable<ModelSettings["prices"]>) {
  return {
    input,
    output,
    ...(cached === undefined ? {} : { cached }),
    ...(cache_write === undefined ? {} : { cacheWrite: cache_write }),
  };
}

function mapped<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
