import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { messageOf } from "../src/errors.ts";
import type { Figure } from "./figures.ts";
import type { Part, PartResult } from "./part.ts";
import { parts } from "./parts.ts";
import { type BenchReport, isGood, reportJson, reportLines } from "./report.ts";

export interface BenchIo {
  /** Standard output: the answer, and nothing else. */
  readonly print: (line: string) => void;
  /** Standard error: how far it is. */
  readonly tell: (line: string) => void;
}

const help = [
  "npm run bench [-- --only NAME…] [--json] [--strict] [--list]",
  "",
  "  --only NAME   measure this part only (repeat it)",
  "  --json        one JSON object on standard output",
  "  --strict      exit with 1 when a target is missed, not only when a part breaks",
  "  --list        the parts and what they measure",
  "  --corpora DIR where the graphs for `makespan` are (default: ../shared/corpora)",
];
const root = fileURLToPath(new URL("..", import.meta.url));

/** Measures what the arguments ask for; gives the exit status: 0 measured, 1 a part broke, 2 wrong arguments. */
export async function bench(args: readonly string[], io: BenchIo): Promise<number> {
  const options = optionsOf(args);
  if ("wrong" in options) {
    for (const line of [`Cannot measure: ${options.wrong}`, "", ...help]) io.tell(line);
    return 2;
  }
  const texts = textsFor(options);
  if (texts) {
    for (const line of texts) io.print(line);
    return 0;
  }
  return measureAndPrint(options, io);
}

/** What is printed instead of measuring. */
function textsFor({ help: wantsHelp, list }: Options): readonly string[] | undefined {
  if (wantsHelp) return help;
  return list ? parts.map(({ name, what }) => `${name.padEnd(10)} ${what}`) : undefined;
}

async function measureAndPrint(options: Options, io: BenchIo): Promise<number> {
  const report = await measure(options, io);
  if (options.json) io.print(JSON.stringify(reportJson(report)));
  else for (const line of reportLines(report)) io.print(line);
  const isBroken = Object.keys(report.broken).length > 0;
  return isBroken || (options.strict && !isGood(report)) ? 1 : 0;
}

interface Options {
  readonly help: boolean;
  readonly list: boolean;
  readonly json: boolean;
  readonly strict: boolean;
  readonly chosen: readonly Part[];
  readonly corpora: string;
}

function optionsOf(args: readonly string[]): Options | { readonly wrong: string } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        help: { type: "boolean", short: "h", default: false },
        list: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        strict: { type: "boolean", default: false },
        only: { type: "string", multiple: true, default: [] },
        corpora: { type: "string", default: join(root, "..", "shared", "corpora") },
      },
    });
    const { only, ...flags } = values;
    const unknown = only.find((name) => parts.every((part) => part.name !== name));
    if (unknown !== undefined) return { wrong: `there is no part "${unknown}" (see --list)` };
    return { ...flags, chosen: parts.filter(({ name }) => only.length === 0 || only.includes(name)) };
  } catch (error) {
    return { wrong: messageOf(error) };
  }
}

async function measure({ chosen, corpora }: Options, { tell }: BenchIo): Promise<BenchReport> {
  const loadBefore = loadNow();
  const figures: Figure[] = [];
  const skipped: Record<string, string> = {};
  const broken: Record<string, string> = {};
  for (const part of chosen) {
    tell(`${part.name}: ${part.what}`);
    const dir = await mkdtemp(join(tmpdir(), `tutti-bench-${part.name}-`));
    try {
      const result: PartResult = await (
        await part.load()
      )({ dir, root, corpora, tell: (line) => tell(`  ${line}`) });
      if ("skipped" in result) skipped[part.name] = result.skipped;
      else figures.push(...result.figures);
    } catch (error) {
      broken[part.name] = messageOf(error);
      tell(`  broken: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }
  const machine = {
    at: new Date().toISOString(),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cpus: availableParallelism(),
    memoryMb: Math.round(totalmem() / 1e6),
    loadBefore,
    loadAfter: loadNow(),
  };
  return { machine, figures, skipped, broken };
}

function loadNow(): number {
  return loadavg()[0] ?? 0;
}
