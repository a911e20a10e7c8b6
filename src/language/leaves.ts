import { z } from "zod";
import { parseBytes, parseCount, parseDuration, parseUsd } from "./units.ts";

/**
 * The values that stand at the keys of the language. Each leaf checks and converts one value; its description says
 * what is allowed there, in the published schema and in the messages ("it must be <description>").
 */

/** A leaf that refuses a value of the right type says why by throwing this kind of issue: it becomes BAD_VALUE. */
function refuse(context: z.RefinementCtx, message: string): never {
  context.addIssue({ code: "custom", message });
  return z.NEVER;
}

export const text = z.string().describe("a text");
export const filledText = z.string().min(1).describe("a text that is not empty");
export const flag = z.boolean().describe("true or false");
export const count = z.int().nonnegative().describe("a whole number, 0 or more");
export const positive = z.int().positive().describe("a whole number, 1 or more");

export const duration = unit(
  parseDuration,
  "a duration: seconds such as 300, or a text such as 5m, 1h30m or 500ms",
);
export const positiveDuration = unit(
  (value) => parseDuration(value) || undefined,
  "a duration above zero: seconds such as 300, or a text such as 5m, 1h30m or 500ms",
);
export const usd = unit(parseUsd, "an amount in US dollars such as 10, 10 USD or $10");
export const tokens = unit(parseCount, "a count such as 2000000, 2M or 500k");
export const positiveTokens = unit(
  (value) => parseCount(value) || undefined,
  "a count above zero such as 4000, 4k or 200k",
);
export const contextBudget = positiveTokens.describe("a budget of tokens such as 20k, or an object");
/** The author's guess of what one attempt takes: a duration, or an object of more. */
export const expectation = z
  .union([
    positiveDuration.transform((timeMs) => ({ timeMs, costUsd: undefined, tokens: undefined })),
    z
      .strictObject({
        time: positiveDuration.optional().describe("Duration of one attempt."),
        cost: usd.optional().describe("Price of one attempt."),
        tokens: tokens.optional().describe("Tokens of one attempt."),
      })
      .transform(({ time, cost, tokens: count }) => ({ timeMs: time, costUsd: cost, tokens: count })),
  ])
  .describe("a duration such as 5m, or an object such as {time: 5m, cost: 0.50 USD, tokens: 20k}");
export const limitMode = z.enum(["audit", "enforce"]).describe("audit or enforce");
export const onLimit = z.enum(["fail", "degrade"]).describe("fail or degrade");
export const bytes = unit(parseBytes, "a size such as 1048576, 1MB or 1MiB");

function unit(parse: (value: number | string) => number | undefined, description: string) {
  return z
    .union([z.number(), z.string()])
    .transform((value, context) => parse(value) ?? refuse(context, `it must be ${description}`))
    .describe(description);
}

/** A name that expressions can use as it is, or, when it has a dash, as `steps["sign-off"]`. */
export const name = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_-]*$/,
    "a name begins with a letter or _ and goes on with letters, digits, _ and -",
  )
  .describe("a name of letters, digits, _ and - that begins with a letter or _");

export const memoryName = name.describe("a name of letters, digits, _ and -, such as notes, or an object");
export const memoryBytes = unit((value) => {
  const size = parseBytes(value);
  return size !== undefined && size > 0 && size <= 1_000_000 ? size : undefined;
}, "a size above zero, 1MB at most, such as 8k");

export const names = listOf(filledText, "a name or a list of names");
/** No list: whoever writes an empty one means nobody, and not anybody. */
export const people = listOf(filledText, "a name or a list of names, at least one", 1);
export const criteria = listOf(filledText, "a text or a list of texts, at least one", 1);
export const globs = listOf(filledText, "a glob such as src/** or a list of them");
export const tools = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (typeof value === "string" ? splitTools(value) : value))
  .describe('a list of tools such as [Read, "Bash(npm test)"]');

function listOf(item: z.ZodString, description: string, least = 0) {
  return z
    .union([item, z.array(item).min(least)])
    .transform((value) => (typeof value === "string" ? [value] : value))
    .describe(description);
}

/** Splits at commas outside parentheses: `Bash(git log, git diff), Read` is two tools. */
function splitTools(value: string): string[] {
  return value
    .split(/,(?![^(]*\))/)
    .map((tool) => tool.trim())
    .filter((tool) => tool !== "");
}

/** What YAML reads as a number or truth value is taken as the text the author typed. */
export const looseText = z.union([z.string(), z.number(), z.boolean()]).transform(String).describe("a text");

export const json = z.json().describe("any value");
export const jsonObject = z.record(z.string(), z.json()).describe("an object of keys and values");
export const textRecord = z.record(z.string(), looseText).describe("an object whose values are texts");
export const resourceRecord = z
  .record(z.string(), positive)
  .describe("an object of resource names and how many steps may hold each, such as {gpu: 2}");

export const workspace = z.enum(["none", "shared", "run", "step"]).describe("none, shared, run or step");
export const stepWorkspace = z.enum(["none", "run", "step"]).describe("none, run or step");
export const ignorePatterns = listOf(
  filledText,
  "a pattern as in .gitignore, such as .env or config/*.local, or a list of them",
);
export const paths = listOf(filledText, "a path or a list of paths", 1);
export const ports = z.int().min(1).max(100).describe("a whole number from 1 to 100");
/** Of a working tree: what is made ready before any step cannot hold what steps see. */
export const plainTexts = z
  .record(
    z.string(),
    looseText.refine((value) => !value.includes("${"), "it is made before the run: write it without ${ }"),
  )
  .describe("an object whose values are plain texts, without ${ }");
export const commits = z.enum(["private", "branch"]).describe("private or branch");
export const landingOrder = z.enum(["finished", "declared"]).describe("finished or declared");
export const landingBy = z.enum(["rebase", "merge"]).describe("rebase or merge");
export const conflicts = z
  .enum(["ours", "theirs", "agent", "human", "serialize"])
  .describe("ours, theirs, agent, human or serialize");
export const interrupt = z.enum(["rerun", "fail", "ask"]).describe("rerun, fail or ask");
export const level = z.enum(["advisory", "blocking", "maximum"]).describe("advisory, blocking or maximum");
export const percent = z.number().min(0).max(100).describe("a percentage from 0 to 100, such as 80");
export const coverageFormat = z
  .enum(["lcov", "cobertura", "istanbul"])
  .describe("lcov, cobertura or istanbul");
export const patterns = listOf(filledText, "a regular expression (RE2) or a list of them");
export const permissions = z.enum(["ask", "deny"]).describe("ask or deny");
export const looseTexts = z.array(looseText).describe("a list of texts");
export const mcpTransport = z
  .enum(["stdio", "http", "streamable-http"])
  .transform((type) => (type === "stdio" ? "stdio" : "http"))
  .describe("stdio or http");
export const effort = z.enum(["low", "medium", "high"]).describe("low, medium or high");
export const thinking = z
  .enum(["auto", "instant", "standard", "extended"])
  .describe("auto, instant, standard or extended");
export const backoff = z.enum(["exponential", "constant", "none"]).describe("exponential, constant or none");
export const failureClasses = z
  .array(z.enum(["transient", "quota", "timeout", "failure"]))
  .min(1)
  .describe("a list of transient, quota, timeout and failure");
export const method = z
  .enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
  .describe("an HTTP method such as GET or POST");
export const statusCodes = z
  .array(z.int().min(100).max(599))
  .min(1)
  .describe("a list of HTTP status codes such as [200, 204]");
export const callMode = z.enum(["inline", "child"]).describe("inline or child");
export const join = z.enum(["all", "any"]).describe("all, any or {quorum: 2}");
export const onFailure = z.enum(["next"]).describe("next");
export const otherwise = z.enum(["fail", "accept"]).describe("fail or accept");
/** Sums of them are exact to the sixth decimal. */
export const weights = z
  .record(z.string(), z.number().min(0).max(100_000))
  .describe("an object of voters and numbers from 0 to 100000, such as {lead: 2}");
export const channel = z.enum(["terminal", "desktop", "handover"]).describe("terminal, desktop or handover");
/** A switch of something that comes later: only its off stands. */
/** A name that an expression can use as it is. */
export const variable = z
  .string()
  .regex(/^[A-Za-z_]\w*$/, "a name begins with a letter or _ and goes on with letters, digits and _")
  .describe("a name of letters, digits and _ that begins with a letter or _");
const literal = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export const literals = z
  .union([literal, z.array(literal).min(1)])
  .transform((value) => (Array.isArray(value) ? value : [value]))
  .describe("a text, a number, true, false, null, or a list of them");
export const priority = z
  .int()
  .min(-1000)
  .max(1000)
  .describe("a whole number from -1000 to 1000; higher starts first");

export const boardNames = z.array(z.string().min(1)).describe("a list of names of agents");

/** Topologies of swarms; the names of the source documents for the same. */
export const topology = z
  .enum(["hierarchical", "star", "mesh", "pipeline", "leader_follower", "peer_to_peer", "event_driven"])
  .describe("hierarchical (or leader_follower), star, mesh (or peer_to_peer, event_driven) or pipeline");
export const impact = z.enum(["critical", "major", "minor"]).describe("critical, major or minor");
export const communication = z
  .enum(["event_driven", "synchronous", "asynchronous"])
  .describe("event_driven, synchronous or asynchronous");
export const stateSharing = z
  .enum(["global", "hierarchical", "local"])
  .describe("global, hierarchical or local");
export const retryStrategy = z
  .enum(["exponential_backoff", "constant_backoff", "none"])
  .describe("exponential_backoff, constant_backoff or none");
