import type { Failure } from "../../core/outcome.ts";

/** US dollars for a million tokens. */
export interface Prices {
  readonly input: number;
  readonly output: number;
  /** Of input tokens that the provider's cache served; default: as `input`. */
  readonly cached?: number;
  /** Of input tokens that were put into the cache; default: as `input`. */
  readonly cacheWrite?: number;
}

export const providers = ["anthropic", "openai", "ollama", "openai-compatible"] as const;
export type Provider = (typeof providers)[number];

/** How a model is reached, as a project's settings say it. */
export interface ModelEntry {
  readonly provider: Provider;
  /** As the provider names it; absent: whoever uses the entry names it. */
  readonly model?: string;
  readonly baseUrl?: string;
  /** Name of the secret that holds the key. */
  readonly apiKey?: string;
  readonly prices?: Prices;
  /** False: the server cannot be held to a shape, so the prompt asks for it. */
  readonly enforcesSchema?: boolean;
}

/** One model, with all that is needed to ask it. */
export interface Endpoint {
  /** `anthropic/claude-sonnet-5-5`, `local/qwen3`: for people. */
  readonly name: string;
  readonly provider: Provider;
  readonly model: string;
  readonly baseUrl: string;
  readonly keyName?: string;
  readonly prices?: Prices;
  readonly enforcesSchema: boolean;
}

interface Known {
  readonly baseUrl: string;
  readonly apiKey?: string;
  readonly prices?: Prices;
}

/** What needs no entry in the settings. */
const known: Readonly<Record<Exclude<Provider, "openai-compatible">, Known>> = {
  anthropic: { baseUrl: "https://api.anthropic.com/v1", apiKey: "ANTHROPIC_API_KEY" },
  openai: { baseUrl: "https://api.openai.com/v1", apiKey: "OPENAI_API_KEY" },
  ollama: { baseUrl: "http://127.0.0.1:11434/v1", prices: { input: 0, output: 0 } },
};

export interface Models {
  /** By name. */
  readonly entries: Readonly<Record<string, ModelEntry>>;
  /** What the agent asks when a step names nothing else. */
  readonly own?: ModelEntry | string;
}

/**
 * The model that a step means: the name of an entry, `entry/model`, `provider/model`, or the name that the agent's own
 * provider has for it; without a name the agent's own, else the entry `default`, else the only entry there is.
 */
export function endpointFor(name: string | undefined, models: Models): Endpoint | Failure {
  const own = ownEntry(models);
  if (name === undefined) return own ? endpointOf(own) : unnamed(models);
  const found = byName(name, models.entries);
  if (found) return endpointOf(found);
  return own ? endpointOf({ ...own, entry: withModel(own.entry, name) }) : unknown(name, models);
}

interface Named {
  readonly label: string;
  readonly entry: ModelEntry;
}

function ownEntry({ entries, own }: Models): Named | undefined {
  if (typeof own === "string") return byName(own, entries);
  if (own) return { label: own.provider, entry: own };
  const [first, ...more] = Object.entries(entries);
  const entry = entries["default"];
  if (entry) return { label: "default", entry };
  return first && more.length === 0 ? { label: first[0], entry: first[1] } : undefined;
}

function byName(name: string, entries: Models["entries"]): Named | undefined {
  const whole = Object.hasOwn(entries, name) ? entries[name] : undefined;
  if (whole) return { label: name, entry: whole };
  const slash = name.indexOf("/");
  if (slash <= 0 || slash === name.length - 1) return undefined;
  const [label, model] = [name.slice(0, slash), name.slice(slash + 1)];
  const entry = Object.hasOwn(entries, label) ? entries[label] : undefined;
  if (entry) return { label, entry: withModel(entry, model) };
  if (label === "openai-compatible" || !providers.includes(label as Provider)) return undefined;
  return { label, entry: { provider: label as Provider, model } };
}

/** The prices of an entry that names a model are those of that model. */
function withModel(entry: ModelEntry, model: string): ModelEntry {
  const { prices, ...rest } = entry;
  const same = entry.model === undefined || entry.model === model;
  return { ...rest, model, ...(same && prices ? { prices } : {}) };
}

function endpointOf({ label, entry }: Named): Endpoint | Failure {
  const { provider, model, enforcesSchema = true } = entry;
  const { baseUrl, apiKey, prices } = withUsual(entry);
  if (model === undefined)
    return refused(
      `Cannot ask the model "${label}": its entry names no model`,
      `write ${label}/NAME-OF-MODEL`,
    );
  if (baseUrl === undefined)
    return refused(`Cannot ask the model "${label}": its entry has no base_url`, "add one in tutti.yaml");
  return {
    name: `${label}/${model}`,
    provider,
    model,
    baseUrl,
    enforcesSchema,
    ...(apiKey === undefined ? {} : { keyName: apiKey }),
    ...(prices ? { prices } : {}),
  };
}

/** The key of a provider is never sent to another place. */
function withUsual({ provider, baseUrl, apiKey, prices }: ModelEntry): Partial<Known> {
  const usual: Partial<Known> = provider === "openai-compatible" ? {} : known[provider];
  const said = { ...(apiKey === undefined ? {} : { apiKey }), ...(prices ? { prices } : {}) };
  if (baseUrl === undefined) return { ...usual, ...said };
  return { ...(usual.prices ? { prices: usual.prices } : {}), baseUrl, ...said };
}

function unnamed({ entries, own }: Models): Failure {
  if (typeof own === "string") return unknown(own, { entries });
  return refused(
    "Cannot ask a model: the step names none",
    "say `model: anthropic/…` in the step, or add `models: {default: …}` to tutti.yaml",
  );
}

function unknown(name: string, { entries }: Pick<Models, "entries">): Failure {
  const there = Object.keys(entries);
  return refused(
    `Cannot ask the model "${name}": nothing says where it is`,
    there.length === 0
      ? "write anthropic/…, openai/… or ollama/…, or add it to `models:` of tutti.yaml"
      : `write anthropic/…, openai/…, ollama/…, or one of tutti.yaml: ${there.join(", ")}`,
  );
}

function refused(message: string, fix: string): Failure {
  return { code: "AGENT_UNAVAILABLE", message, fix, class: "permanent" };
}
