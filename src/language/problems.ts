import type { Problem, SourcePlace } from "../errors.ts";

const maxLineCharacters = 120;

/**
 * A problem as plain text: `CODE: message`, the place, the source line with a caret below the mistake, `fix: …`.
 * Control characters and terminal sequences of the source are taken out; the text ends without a newline.
 */
export function renderProblem(problem: Problem): string {
  const warning = problem.severity === "warning" ? " (warning)" : "";
  return [
    `${problem.code}${warning}: ${plain(problem.message)}`,
    ...(problem.source ? placeLines(problem.source) : []),
    `fix: ${plain(problem.fix)}`,
  ].join("\n");
}

function placeLines(source: SourcePlace): string[] {
  const file = source.file === undefined ? "" : `${plain(source.file)}:`;
  const place = `  at ${file}${source.line}:${source.column}`;
  return source.text === undefined ? [place] : [place, ...caretLines(source, source.text)];
}

function caretLines({ column: inLine, length = 1, skipped = 0 }: SourcePlace, text: string): string[] {
  const column = inLine - skipped;
  const characters = Array.from(text);
  const from = Math.max(0, column - 1 - maxLineCharacters / 2);
  const shown = characters.slice(from, from + maxLineCharacters);
  const left = from + skipped > 0 ? "…" : "";
  const right = from + maxLineCharacters < characters.length ? "…" : "";
  const lead = plain(characters.slice(from, column - 1).join(""));
  const marked = plain(
    characters.slice(column - 1, Math.min(column - 1 + length, from + maxLineCharacters)).join(""),
  );
  return [
    `  | ${left}${plain(shown.join(""))}${right}`,
    `  | ${" ".repeat(left.length + width(lead))}${"^".repeat(Math.max(1, width(marked)))}`,
  ];
}

/** Without terminal sequences, control characters and marks that turn the direction of writing. */
export function plain(text: string): string {
  return text
    .replaceAll(/\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g, "")
    .replaceAll(/[\t\n\r]/g, " ")
    .replaceAll(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, "");
}

/** Columns in a terminal: two for East Asian wide characters and emoji, none for marks that combine. */
function width(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (/\p{M}|\u200d|\ufe0f/u.test(character)) continue;
    columns +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]|\p{Emoji_Presentation}/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return columns;
}
