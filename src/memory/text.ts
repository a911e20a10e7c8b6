import type { MemoryText, NewNotes, NotesAdded } from "../ports/memory.ts";

const mostNotes = 200;
/** Longest note; characters. */
const mostCharacters = 500;

/** A line of the text: a note that a run added, or what a person wrote. */
interface Line {
  readonly raw: string;
  /** Of a note: what it says. */
  readonly note?: string;
}

const noteLine = /^- (?<note>.*) \(\d{4}-\d{2}-\d{2}, run [^\s,]+, step .*\)\r?$/u;
/** Says what the file is; no agent has to read it. */
const introduction = /^<!-- .* -->$/u;

/** The text of a memory with notes added; undefined where what people wrote leaves no room for one of them. */
export function withNotes(
  name: string,
  text: string | undefined,
  notes: NewNotes,
): (NotesAdded & { readonly text: string }) | undefined {
  const lines = text === undefined ? heading(name) : linesOf(text);
  const known = new Set(lines.map(({ raw, note }) => essence(note ?? raw.replace(/^\s*[-*+]\s+/u, ""))));
  const added: Line[] = [];
  let before = 0;
  for (const one of notes.texts) {
    const note = inert(one);
    if (note === "") continue;
    if (known.has(essence(note))) before += 1;
    else added.push({ raw: `- ${note} ${origin(notes)}`, note });
    known.add(essence(note));
  }
  if (added.length === 0) return { text: text ?? "", added: 0, known: before, dropped: 0 };
  const { kept, dropped } = bounded([...lines, ...added], notes.maxBytes);
  const left = added.filter((line) => kept.includes(line)).length;
  if (left === 0) return undefined;
  return { text: textOf(kept), added: left, known: before, dropped: dropped - (added.length - left) };
}

/** As much of the text as there is room for. */
export function readable(text: string, maxBytes: number): MemoryText {
  const lines = withoutIntroduction(linesOf(text));
  const { kept, dropped } = bounded(lines, maxBytes);
  const notes = kept.filter(({ note }) => note !== undefined).length;
  return { text: cut(textOf(kept), maxBytes), notes, left: dropped };
}

function withoutIntroduction(lines: readonly Line[]): readonly Line[] {
  const at = lines.findIndex(({ raw }) => introduction.test(raw));
  const after = lines[at + 1]?.raw === "" ? 2 : 1;
  return at < 0 ? lines : lines.toSpliced(at, after);
}

/** How many notes the text has. */
export function countNotes(text: string): number {
  return linesOf(text).filter(({ note }) => note !== undefined).length;
}

function heading(name: string): readonly Line[] {
  const what = `Read by steps with \`memory: ${name}\`, which add lines such as "- … (day, run, step)"; all other lines are yours.`;
  return [`# ${name}`, "", `<!-- ${what} -->`, ""].map((raw) => ({ raw }));
}

function linesOf(text: string): readonly Line[] {
  const raws = text.split("\n");
  if (raws.at(-1) === "") raws.pop();
  return raws.map((raw) => {
    const note = noteLine.exec(raw)?.groups?.["note"];
    return note === undefined ? { raw } : { raw, note };
  });
}

function textOf(lines: readonly Line[]): string {
  return lines.length === 0 ? "" : `${lines.map(({ raw }) => raw).join("\n")}\n`;
}

/** The same for what says the same. */
function essence(text: string): string {
  return text.normalize("NFKC").toLowerCase().replaceAll(/\s+/gu, " ").trim().replace(/[.!]$/u, "");
}

/** One line of plain characters, whatever it was. */
function inert(text: string): string {
  const plain = text
    .toWellFormed()
    .replaceAll(/\p{Cf}/gu, "")
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim();
  const characters = Array.from(plain);
  return characters.length <= mostCharacters ? plain : `${characters.slice(0, mostCharacters - 1).join("")}…`;
}

function origin({ at, runId, address }: NewNotes): string {
  return `(${new Date(at).toISOString().slice(0, 10)}, run ${runId}, step ${inert(address)})`;
}

/** Without as many of the oldest notes as there is no room for. */
function bounded(
  lines: readonly Line[],
  maxBytes: number,
): { readonly kept: readonly Line[]; readonly dropped: number } {
  const notes = lines.filter(({ note }) => note !== undefined);
  let bytes = Buffer.byteLength(textOf(lines));
  const gone = new Set<Line>();
  for (const line of notes) {
    if (bytes <= maxBytes && notes.length - gone.size <= mostNotes) break;
    bytes -= Buffer.byteLength(line.raw) + 1;
    gone.add(line);
  }
  return { kept: lines.filter((line) => !gone.has(line)), dropped: gone.size };
}

function cut(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  // a character that is not complete at the end is held back
  const start = new TextDecoder().decode(bytes.subarray(0, maxBytes), { stream: true });
  return `${start}\n… ${bytes.length - Buffer.byteLength(start)} bytes left out …\n`;
}
