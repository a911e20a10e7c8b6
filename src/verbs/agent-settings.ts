import { z } from "zod";

const usd = z.number().nonnegative();

/** How a model is reached. */
const modelShape = z.strictObject({
  /** Default: `openai-compatible`, which most servers speak. */
  provider: z.enum(["anthropic", "openai", "ollama", "openai-compatible"]).optional(),
  /** As the provider names it. */
  model: z.string().min(1).optional(),
  base_url: z.url({ protocol: /^https?$/ }).optional(),
  /** Name of the secret that holds the key. */
  api_key: z.string().min(1).optional(),
  /** US dollars for a million tokens; `cached` and `cache_write`: read from and put into the provider's cache. */
  prices: z
    .strictObject({ input: usd, output: usd, cached: usd.optional(), cache_write: usd.optional() })
    .optional(),
  /** False: the server cannot hold a model to a JSON Schema, so the prompt asks for it. */
  structured_output: z.boolean().optional(),
});

export const modelsShape = z.record(z.string().regex(/^[^/\s]+$/, "a name without `/`"), modelShape);

/** Further agents by name; each is of one kind. */
export const agentsShape = z.record(
  z.string().min(1),
  z
    .strictObject({
      /** A model, or the name of one as a step would write it. */
      model: z.union([z.string().min(1), modelShape]).optional(),
    })
    .refine((agent) => Object.keys(agent).length === 1, "say what it is, by one key"),
);

export type ModelSettings = z.infer<typeof modelShape>;
