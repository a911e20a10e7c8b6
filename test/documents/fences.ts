/** A fenced block of a Markdown document. */
export interface Fence {
  readonly language: string;
  readonly lines: readonly string[];
  /** Line number of its first line, from 1. */
  readonly line: number;
  /** What HTML comments right before it say: `<!-- not run: why -->` is `{"not run": "why"}`. */
  readonly notes: Readonly<Record<string, string>>;
}

/** All fences of a document, in order. */
export function fencesOf(text: string): readonly Fence[] {
  const fences: Fence[] = [];
  let notes: Record<string, string> = {};
  let open: { language: string; lines: string[]; line: number } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const mark = /^\s*```(.*)$/.exec(line);
    if (open) {
      if (mark?.[1]?.trim() === "") {
        fences.push({ ...open, notes });
        open = undefined;
        notes = {};
      } else open.lines.push(line);
    } else if (mark) open = { language: mark[1]?.trim() ?? "", lines: [], line: index + 2 };
    else notes = notesAfter(notes, line);
  }
  return fences;
}

function notesAfter(notes: Record<string, string>, line: string): Record<string, string> {
  const note = /^\s*<!--\s*([^:]+?)\s*:\s*(.*?)\s*-->\s*$/.exec(line);
  if (note?.[1] !== undefined) return { ...notes, [note[1]]: note[2] ?? "" };
  return line.trim() === "" ? notes : {};
}

/** The commands of a shell block: prompts of a console taken off, continued lines joined, its output left out. */
export function commandsOf({ language, lines }: Fence): readonly string[] {
  const typed =
    language === "console"
      ? lines.filter((line) => line.startsWith("$ ")).map((line) => line.slice(2))
      : lines;
  return typed
    .join("\n")
    .replaceAll(/\\\n\s*/g, " ")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}
