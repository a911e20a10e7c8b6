import { z } from "zod";
import { filledText, looseText, name, paths, positive } from "./leaves.ts";
import { parseBytes, parseRate } from "./units.ts";

/** The values that stand at the keys of pipelines; see `leaves.ts`. */

const mostInBatch = 100_000;
export const batchSize = z.int().min(1).max(mostInBatch).describe(`a whole number from 1 to ${mostInBatch}`);
/** Each one is in memory. */
const mostBuffered = 1_000_000;
export const bufferSize = z
  .int()
  .min(1)
  .max(mostBuffered)
  .describe(`a whole number from 1 to ${mostBuffered}`);
const mostAtOnce = 1000;
const atOnce = z.int().min(1).max(mostAtOnce);
export const parallelism = z
  .union([
    atOnce.transform((count) => ({ least: count, most: count })),
    z.strictObject({
      least: atOnce.optional().describe("Fewest batches at once (default 1)."),
      most: atOnce.describe("Most batches at once."),
    }),
  ])
  .describe(`a whole number from 1 to ${mostAtOnce}, or {least: 1, most: 8}`);
export const rate = z
  .union([z.string(), z.number()])
  .transform((value, context) => {
    const read = typeof value === "string" ? parseRate(value) : undefined;
    if (!read) context.addIssue({ code: "custom", message: "no rate" });
    return read ?? z.NEVER;
  })
  .describe("a count and a time such as 60/min, 10/s or 5/10s");
const mostRecordBytes = 64 * 1_048_576;
export const recordSize = z
  .union([z.number(), z.string()])
  .transform((value, context) => {
    const bytes = parseBytes(value);
    const fits = bytes !== undefined && bytes > 0 && bytes <= mostRecordBytes;
    if (!fits) context.addIssue({ code: "custom", message: "no size" });
    return fits ? bytes : z.NEVER;
  })
  .describe("a size above zero, 64MiB at most, such as 64KB or 1MiB");

export const readPaths = paths.describe("a path, a glob or a list of them, such as data/*.jsonl");
export const readLine = filledText.describe("a shell line, such as git log --format=%s");
export const listOfStep = filledText.describe('a template that gives a list, such as "${ scan.output }"');
export const otherRun = filledText.describe("the id of a run, or @last");
export const writtenPath = filledText.describe("the path of a file, such as out.jsonl");
export const writtenFiles = filledText.describe(
  'a path with the record in it, such as "out/${ record.id }.json"',
);
export const writingLine = filledText.describe("a shell line, such as gzip > out.gz");

export const stagesFrom = z
  .union([filledText, z.array(filledText).min(1)])
  .transform((value) => (typeof value === "string" ? [value] : value))
  .describe("the name of a stage, source, or a list of them");
export const order = z.enum(["kept", "any"]).describe("kept or any");
export const onFailure = z.enum(["dead", "isolate", "fail"]).describe("dead, isolate or fail");
export const overflow = z
  .enum(["block", "drop_oldest", "drop_newest", "spill", "fail"])
  .describe("block, drop_oldest, drop_newest, spill or fail");
export const format = z.enum(["jsonl", "csv", "lines"]).describe("jsonl, csv or lines");
export const httpFormat = z.enum(["json", "jsonl", "csv", "lines"]).describe("json, jsonl, csv or lines");
export const separator = z
  .string()
  .regex(/^[^\r\n"]$/)
  .describe("one character, such as ; or a tab");
export const columns = z.array(looseText).min(1).describe("a list of the names of the columns");
export const port = z.int().min(1).max(65_535).describe("a port: a whole number from 1 to 65535");
export const stageName = name;
export const mostRecords = positive.max(1_000_000).describe("a whole number from 1 to 1000000");
export const share = z.number().gt(0).lt(1).describe("a share between 0 and 1, such as 0.05");
