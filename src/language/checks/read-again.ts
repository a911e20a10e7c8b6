import { isTuttiError } from "../../errors.ts";
import { compileTemplate } from "../../expression/template.ts";
import type { Source } from "../pipeline.ts";
import { type Glob, globsOverlap, parseGlob } from "./globs.ts";

interface Reading {
  readonly source: Source;
  readonly continuous: boolean;
  /** Where relative paths begin; absent: it is not known, and they are none of the absolute ones. */
  readonly cwd?: string;
}

/**
 * The glob of the source that may read a file which is written to this template, as far as its text tells; undefined: none. Files
 * that are each read once may be written in place; and where a record says the whole path, it is asked only of what has no end.
 */
export function readAgain(template: string, { source, continuous, cwd }: Reading): string | undefined {
  if (source.kind !== "records" && source.kind !== "files") return undefined;
  if (!continuous && (source.kind === "files" || template.startsWith("${"))) return undefined;
  const written = writtenGlob(template);
  if (written === undefined) return undefined;
  const [place, isAbsolute] = [globAt(written, cwd), (path: string) => path.startsWith("/")];
  return source.paths.find((read) => {
    if (!/[*?[{]/.test(read) || read.includes("${")) return false;
    if (cwd === undefined && isAbsolute(read) !== isAbsolute(written)) return false;
    return globsOverlap(place, globAt(read, cwd));
  });
}

/** What a record says is a part of a name, or leads through folders. */
function writtenGlob(template: string): string | undefined {
  try {
    const compiled = compileTemplate(template);
    return compiled.renderTextWith(compiled.expressions.map(() => "{*,*/**/*}"));
  } catch (error) {
    if (isTuttiError(error)) return undefined;
    throw error;
  }
}

function globAt(path: string, cwd = ""): Glob {
  const { text, patterns } = parseGlob(path.startsWith("/") ? path : `${cwd}/${path}`);
  return { text, patterns: patterns.map(withoutUps) };
}

/** The same place without `.` and `..`, as far as plain names tell. */
export function withoutUps(parts: readonly string[]): readonly string[] {
  const plain: string[] = [];
  for (const part of parts) {
    const last = plain.at(-1);
    if (part === ".." && last !== undefined && !["..", "**"].includes(last)) plain.pop();
    else if (part !== "" && part !== ".") plain.push(part);
  }
  return plain;
}
