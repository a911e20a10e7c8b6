import { z } from "zod";
import { TuttiError, errorCodes, messageOf, type ErrorCode, type Problem } from "../../errors.ts";
import { linearPattern } from "../../expression/pattern.ts";
import type { Json } from "../../expression/json.ts";

/** What the mock agent is told to do; the form of the file is described in docs/mock-agent.md. */
export interface MockScript {
  readonly rules: readonly MockRule[];
  /** What happens to a task that no rule fits: an answer made from its schema, or a failure. */
  readonly otherwise: "answer" | "fail";
}

export type MockRule = z.infer<typeof ruleSchema>;
export type MockFile = z.infer<typeof fileSchema>;

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const durationPattern = /^(\d+(?:\.\d+)?) ?(ms|s|m|h)$/;

const duration = z
  .union([
    z.number().nonnegative(),
    z.string().regex(durationPattern, "expected a duration such as 200ms or 5s"),
  ])
  .transform((value) => {
    if (typeof value === "number") return value;
    const [, amount, unit] = durationPattern.exec(value) ?? [];
    return Number(amount) * units[unit as keyof typeof units];
  });

const pattern = z.string().transform((source, context) => {
  try {
    return linearPattern(source);
  } catch (error) {
    const message = `${messageOf(error)} (the syntax is that of RE2: nothing looks ahead, behind or back)`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  }
});

const json = z.json().transform((value) => value as Json);

const fileSchema = z.union([
  z.string(),
  z.null(),
  z.strictObject({ text: z.string(), executable: z.boolean().optional() }),
  z.strictObject({ base64: z.base64(), executable: z.boolean().optional() }),
  z.strictObject({ from: z.string(), executable: z.boolean().optional() }),
]);

const failureClasses = ["transient", "quota", "timeout", "failure", "permanent"] as const;
const codes = Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]];

const failSchema = z.strictObject({
  class: z.enum(failureClasses).default("failure"),
  message: z.string().default("scripted failure"),
  code: z.enum(codes).optional(),
  /** How long until the provider serves again. */
  reset: duration.optional(),
});

const ordinals = z.union([
  z
    .int()
    .positive()
    .transform((one) => [one]),
  z.array(z.int().positive()),
]);

const ruleShape = z.strictObject({
  step: z.string().optional(),
  gate: z.string().optional(),
  command: z
    .string()
    .transform((name) => name.replace(/^\//, ""))
    .optional(),
  prompt: pattern.optional(),
  attempt: ordinals.optional(),
  ask: ordinals.optional(),
  output: json.optional(),
  text: z.string().optional(),
  print: z.union([z.string().transform((line) => [line]), z.array(z.string())]).default([]),
  files: z.record(z.string(), fileSchema).default({}),
  delay: duration.default(0),
  fail: failSchema.optional(),
  denied: z.array(z.string()).default([]),
  /** The call that it stops before when nothing allows it, for a person to decide. */
  asks: z.strictObject({ tool: z.string(), input: json.default({}) }).optional(),
  cost: z.number().nonnegative().nullable().default(0),
  tokens: z
    .strictObject({
      input: z.int().nonnegative(),
      output: z.int().nonnegative(),
      /** Of the input: what the provider's cache would have served. */
      cached: z.int().nonnegative().optional(),
    })
    .optional(),
});

const ruleSchema = ruleShape.refine(({ gate, ask }) => ask === undefined || gate !== undefined, {
  path: ["ask"],
  message: "it counts how often a judge is asked: name its `gate` too",
});

const scriptSchema = z.strictObject({
  rules: z.array(ruleSchema).default([]),
  otherwise: z.enum(["answer", "fail"]).default("answer"),
});

/** Reads a parsed script. All mistakes at once, each with the place inside the script. */
export function readMockScript(script: unknown): MockScript {
  const read = scriptSchema.safeParse(script ?? {});
  if (read.success) return read.data;
  const problems = read.error.issues.map((issue): Problem => {
    const place = placeOf(issue.path);
    return {
      severity: "error",
      code: issue.code === "unrecognized_keys" ? "UNKNOWN_KEY" : "BAD_VALUE",
      message: `Cannot read the mock script at "${place}": ${issue.message}`,
      fix: "see docs/mock-agent.md for the keys of a rule and their values",
    };
  });
  const first = problems[0];
  throw new TuttiError(first?.code ?? "BAD_VALUE", first?.message ?? "Cannot read the mock script", {
    fix: first?.fix ?? "see docs/mock-agent.md",
    problems,
  });
}

function placeOf(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === "number" ? `[${part}]` : `${index > 0 ? "." : ""}${String(part)}`))
    .join("");
}
