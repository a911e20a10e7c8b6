import type { FileChange } from "../../ports/checkpoints.ts";
import type { Shown } from "./out.ts";
import { countText, numberText, type Tone } from "./words.ts";

/** At most so many files are named; the rest is counted. */
const mostFiles = 30;

const marks: Readonly<Record<FileChange["change"], readonly [mark: string, tone: Tone]>> = {
  added: ["+", "good"],
  deleted: ["-", "bad"],
  changed: ["~", "warn"],
  mode: ["~", "warn"],
  kind: ["~", "warn"],
};

/** A line for each file: what becomes of it, and how many lines come and go. */
export function fileLines(files: readonly FileChange[]): readonly Shown[] {
  const rest = files.length - mostFiles;
  return [
    ...files.slice(0, mostFiles).map(fileLine),
    ...(rest > 0 ? [`  and ${countText(rest, "more file")}`] : []),
  ];
}

function fileLine({ path, change, added, removed }: FileChange): Shown {
  const [mark, tone] = marks[change];
  return [
    "  ",
    { text: `${mark} ${path}`, tone },
    { text: `  ${aboutText({ change, added, removed })}`, dim: true },
  ];
}

function aboutText({ change, added, removed }: Pick<FileChange, "change"> & Counts): string {
  if (change === "mode") return "its mode only";
  if (change === "kind") return "becomes something else: a file, a link or a folder";
  return linesText({ added, removed });
}

interface Counts {
  readonly added: number | undefined;
  readonly removed: number | undefined;
}

function linesText({ added, removed }: Counts): string {
  if (added === undefined || removed === undefined) return "no text";
  return `+${numberText(added)} -${numberText(removed)}`;
}
