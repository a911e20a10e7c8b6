import type { Problem } from "../errors.ts";
import type { CommandDoc } from "../ports/command-catalog.ts";
import { splitFrontMatter } from "./front-matter.ts";
import type { Oddity } from "./front-matter.ts";
import { readMetadata } from "./metadata.ts";
import { shown } from "./names.ts";
import { repairMapping } from "./repair.ts";
import { readMapping } from "./yaml-text.ts";
import type { Entry, YamlMistake } from "./yaml-text.ts";

/** What the place of a file says about it. */
export type Identity = Pick<CommandDoc, "name" | "kind" | "class" | "file" | "origin">;

/**
 * A command from the text of its file. Never throws: a front matter that is not YAML is read after a repair, and each
 * repair is a COMMAND_REPAIRED warning in `problems`.
 */
export function parseCommand(text: string, identity: Identity): CommandDoc {
  const parts = splitFrontMatter(text.replaceAll("\0", "\uFFFD"));
  const reading = readEntries(parts.matter, parts.matterLine);
  const { metadata, oddities } = readMetadata(reading.entries, parts.body);
  const all = [...encodingOddity(text), ...parts.oddities, ...reading.oddities, ...oddities];
  const lines = text.split(/\r\n|\n|\r/);
  const problems = few(all).map((oddity) => problemOf(oddity, { file: identity.file, lines }));
  return { ...identity, ...metadata, body: parts.body, problems };
}

const maxProblems = 50;

/** Nobody reads the thousandth repair of one file. */
function few(all: readonly Oddity[]): readonly Oddity[] {
  const last = all[maxProblems - 1];
  if (!last || all.length === maxProblems) return all;
  const more = `${all.length - maxProblems} more repairs of this file are not listed`;
  return [...all.slice(0, maxProblems - 1), { ...last, repair: `${last.repair}; ${more}` }];
}

function readEntries(
  matter: string | undefined,
  firstLine: number,
): { readonly entries: readonly Entry[]; readonly oddities: readonly Oddity[] } {
  if (matter === undefined) return { entries: [], oddities: [] };
  const reading = readMapping(matter, { firstLine });
  if (reading.ok) return { entries: reading.entries, oddities: [] };
  const repaired = repairMapping(matter, firstLine);
  if (repaired.oddities.length > 0) return repaired;
  return { entries: repaired.entries, oddities: reading.mistakes.slice(0, 1).map(mistakeOddity) };
}

/** When every key reads well alone, the mistake lies between them. */
function mistakeOddity(mistake: YamlMistake): Oddity {
  return {
    line: mistake.line,
    what: mistake.message,
    repair: "each key was read by itself",
    fix: "make the front matter valid YAML",
  };
}

function encodingOddity(text: string): Oddity[] {
  const at = text.search(/[\0\uFFFD]/);
  if (at < 0) return [];
  return [
    {
      line: text.slice(0, at).split(/\r\n|\n|\r/).length,
      what: "the file holds bytes that are not UTF-8 text",
      repair: "they were read as \uFFFD",
      fix: "save the file as UTF-8",
    },
  ];
}

function problemOf(
  oddity: Oddity,
  source: { readonly file: string; readonly lines: readonly string[] },
): Problem {
  return {
    severity: "warning",
    code: "COMMAND_REPAIRED",
    message: `Cannot read "${shown(source.file, 4096)}" as written: line ${oddity.line}: ${oddity.what}; ${oddity.repair}`,
    fix: oddity.fix,
    source: {
      file: source.file,
      line: oddity.line,
      column: 1,
      text: shown(source.lines[oddity.line - 1] ?? ""),
    },
  };
}
