import { type Glob, globFits, parseGlob } from "../checks/globs.ts";
import { readAgain, withoutUps } from "../checks/read-again.ts";
import type { Source } from "../pipeline.ts";
import type { Spot } from "../places.ts";
import { type Loading, shown } from "./loading.ts";
import type { ReadSink } from "./pipeline-sink.ts";

/**
 * Reports sinks that write to a file that the source reads, or where another sink writes, as far as paths tell it: those with
 * templates are looked at again when the pipeline begins.
 */
export function checkApart(
  { report }: Loading,
  sinks: readonly ReadSink[],
  { source, continuous }: { readonly source: Source | undefined; readonly continuous: boolean },
): void {
  checkResults(report, sinks);
  const taken = new Set<string>();
  for (const { sink, texts, spot } of sinks) {
    const at = texts[0]?.spot ?? spot;
    if (sink.kind === "files" && source) checkReadAgain(report, sink.path, { source, continuous, at });
    if (sink.kind !== "records") continue;
    const path = plainPath(sink.path);
    const read = pathsOf(source).find((one) => isSame(one, sink.path));
    if (read !== undefined) {
      report.add({
        code: "BAD_VALUE",
        message: `Cannot write "${shown(sink.path)}": the pipeline reads from it ("${shown(read)}")`,
        fix: "write to a path that the source does not name",
        at,
      });
    } else if (taken.has(path)) {
      report.add({
        code: "BAD_VALUE",
        message: `Cannot write "${shown(sink.path)}": another sink of the pipeline writes to it`,
        fix: "give each sink a file of its own, or let one sink take from several stages: `from: [a, b]`",
        at,
      });
    }
    taken.add(path);
  }
}

function checkReadAgain(
  report: Loading["report"],
  path: string,
  { at, ...reading }: { readonly source: Source; readonly continuous: boolean; readonly at: Spot },
): void {
  const read = readAgain(path, reading);
  if (read === undefined) return;
  report.add({
    code: "BAD_VALUE",
    message: `Cannot write files to "${shown(path)}": the pipeline reads such files itself ("${shown(read)}")`,
    fix: "write to a folder that the source does not read",
    at,
  });
}

/** The step has one output. */
function checkResults(report: Loading["report"], sinks: readonly ReadSink[]): void {
  const [, second] = sinks.filter(({ sink }) => sink.kind === "result");
  if (!second) return;
  report.add({
    code: "BAD_VALUE",
    message: "Cannot give two results: another sink of the pipeline is the output of the step",
    fix: "let one result take from several: `from: [a, b]`, or write the records of one to a file",
    at: second.spot,
  });
}

function pathsOf(source: Source | undefined): readonly string[] {
  return source?.kind === "records" || source?.kind === "files" ? source.paths : [];
}

/** Whether reading from `read` reads what is written to `written`. Of classes (`[a-z]`) and templates nothing is known. */
function isSame(read: string, written: string): boolean {
  if (plainPath(read) === plainPath(written)) return true;
  if (`${read}${written}`.includes("${") || /[[\]]/.test(read) || !/[*?{]/.test(read)) return false;
  if (read.startsWith("/") !== written.startsWith("/")) return false;
  const { text, patterns } = parseGlob(read);
  const plain: Glob = { text, patterns: patterns.map((parts) => withoutUps(parts)) };
  return globFits(plain, withoutUps(written.split("/")));
}

/** The same text for the same place. */
function plainPath(path: string): string {
  const root = path.startsWith("/") ? "/" : "";
  return root + withoutUps(path.split("/")).join("/");
}
