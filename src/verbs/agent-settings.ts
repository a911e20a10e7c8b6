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

/** A remote agent of the A2A protocol. */
const a2aShape = z.strictObject({
  /** Its base URL, or that of its card (`….json`). */
  url: z.url({ protocol: /^https?$/ }),
  /** Sent to it and to nobody else; may hold secrets. */
  headers: z.record(z.string(), z.string()).optional(),
});

/** A program that speaks the Agent Client Protocol on its standard input and output. */
const acpShape = z.strictObject({
  /** The program; only agents that tutti knows have one already. */
  command: z.string().min(1).optional(),
  args: z.array(z.string()).optional(),
  /** Variables that it gets on top of the step's. */
  env: z
    .record(
      z.string(),
      z.string().refine((text) => !text.includes("${"), "no `${ }` here; secrets go into `env:` of a step"),
    )
    .optional(),
  /** How it gets slash commands: as `/name arguments`, or as what their files say (default). */
  commands: z.enum(["native", "text"]).optional(),
  /** How it is told the model of a step: by an argument, a variable, or an option of its session. */
  model: z
    .union([
      z.strictObject({ argument: z.string().min(1) }),
      z.strictObject({ variable: z.string().min(1) }),
      z.strictObject({ option: z.string().min(1) }),
    ])
    .optional(),
  /** What it may do in a step without `tools`: look, change files of the folder it works in (default), or anything. */
  allow: z.enum(["read", "edit", "all"]).optional(),
  /** It asks before every call of a tool, so that `tools` of a step holds. */
  asks_always: z.boolean().optional(),
});

/** Further agents by name; each is of one kind. */
export const agentsShape = z.record(
  z.string().min(1),
  z
    .strictObject({
      /** A model, or the name of one as a step would write it. */
      model: z.union([z.string().min(1), modelShape]).optional(),
      a2a: a2aShape.optional(),
      acp: acpShape.optional(),
    })
    .refine((agent) => Object.keys(agent).length === 1, "say what it is, by one key"),
);

export type ModelSettings = z.infer<typeof modelShape>;
export type AcpSettings = z.infer<typeof acpShape>;
