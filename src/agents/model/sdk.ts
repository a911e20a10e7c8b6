import { createRequire } from "node:module";
import type * as Ai from "ai";
import type { LanguageModel } from "ai";
import { TuttiError } from "../../errors.ts";
import type { Endpoint, Provider } from "./endpoints.ts";
import type { PriceList } from "./prices.ts";

/** What the library calls every endpoint that speaks OpenAI's protocol. */
export const providerName = "tutti";

/** The library, and the model to ask with it. */
export interface Sdk {
  readonly ai: typeof Ai;
  readonly model: Exclude<LanguageModel, string>;
  readonly prices: PriceList;
}

export interface ModelOptions {
  readonly apiKey: string | undefined;
  /** What the library or the provider cannot do as asked, a line each. */
  readonly onWarning: (line: string) => void;
}

/** Loads what asks this model. Rejects with AGENT_UNAVAILABLE when a package is missing. */
export async function loadSdk(endpoint: Endpoint, options: ModelOptions): Promise<Sdk> {
  const ai = await loaded("ai", () => import("ai"));
  const model = await modelOf(endpoint, options.apiKey);
  return { ai, model: quiet(ai, { model, ...options }), prices: await loadPrices() };
}

const oldestMajor = 7;

/** The version of the library. Rejects with AGENT_UNAVAILABLE when it is too old, or one of the packages is missing. */
export async function probeSdk(provider: Provider): Promise<string> {
  await loaded("ai", () => import("ai"));
  await (provider === "anthropic" ? anthropic() : compatible());
  const { version } = createRequire(import.meta.url)("ai/package.json") as { readonly version: string };
  if (Number.parseInt(version, 10) >= oldestMajor) return version;
  throw new TuttiError(
    "AGENT_UNAVAILABLE",
    `Cannot ask a model: version ${version} of the package ai is too old`,
    {
      fix: install,
    },
  );
}

const install =
  "npm install ai @ai-sdk/anthropic @ai-sdk/openai-compatible (with -g when tutti was installed so)";

const anthropic = () => loaded("@ai-sdk/anthropic", () => import("@ai-sdk/anthropic"));
const compatible = () => loaded("@ai-sdk/openai-compatible", () => import("@ai-sdk/openai-compatible"));

async function loaded<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    throw new TuttiError("AGENT_UNAVAILABLE", `Cannot ask a model: the package ${name} is not installed`, {
      fix: install,
      cause: error,
    });
  }
}

type ModelV4 = Extract<Exclude<LanguageModel, string>, { readonly specificationVersion: "v4" }>;

async function modelOf(
  { provider, baseUrl, model, enforcesSchema }: Endpoint,
  apiKey = "",
): Promise<ModelV4> {
  // With an empty key the library would look for one in the environment of this process.
  if (provider === "anthropic") {
    const { createAnthropic } = await anthropic();
    return createAnthropic({ baseURL: baseUrl, apiKey: apiKey === "" ? "none" : apiKey })(model);
  }
  const { createOpenAICompatible } = await compatible();
  return createOpenAICompatible({
    name: providerName,
    baseURL: baseUrl,
    includeUsage: true,
    supportsStructuredOutputs: enforcesSchema,
    ...(apiKey === "" ? {} : { apiKey }),
  })(model);
}

/** The library prints its warnings to the terminal by itself: they are taken out on their way to it. */
function quiet(ai: typeof Ai, { model, onWarning }: ModelOptions & { readonly model: ModelV4 }) {
  const told = new Set<string>();
  return ai.wrapLanguageModel({
    model,
    middleware: {
      wrapStream: async ({ doStream }) => {
        const result = await doStream();
        return {
          ...result,
          stream: result.stream.pipeThrough(
            new TransformStream({
              transform(part, controller) {
                if (part.type !== "stream-start") return controller.enqueue(part);
                for (const line of part.warnings.map(warningLine)) {
                  if (!told.has(line)) onWarning(line);
                  told.add(line);
                }
                controller.enqueue({ ...part, warnings: [] });
              },
            }),
          ),
        };
      },
    },
  });
}

function warningLine(warning: object): string {
  const said = warning as { readonly feature?: string; readonly details?: string; readonly message?: string };
  return [said.feature, said.details ?? said.message].filter((text) => text !== undefined).join(": ");
}

/** Where the package with public prices is not installed, no price is known. */
async function loadPrices(): Promise<PriceList> {
  try {
    const { calcPrice } = await import("@pydantic/genai-prices");
    return ({ provider, model, baseUrl }, tokens) => {
      const place = provider === "openai-compatible" ? { providerApiUrl: baseUrl } : { providerId: provider };
      const usage = {
        input_tokens: tokens.input ?? 0,
        output_tokens: tokens.output ?? 0,
        cache_read_tokens: tokens.cached ?? 0,
        cache_write_tokens: tokens.cacheWrite ?? 0,
      };
      return priceBy(() => calcPrice(usage, model, place));
    };
  } catch {
    return () => null;
  }
}

function priceBy(calculate: () => { readonly total_price: number } | null): number | null {
  try {
    return calculate()?.total_price ?? null;
  } catch {
    // a use that the list cannot price, such as more cached tokens than there were
    return null;
  }
}
