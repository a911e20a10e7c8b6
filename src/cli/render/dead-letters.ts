import type { DeadLetter } from "../../ports/stream-store.ts";
import type { Shown } from "./out.ts";
import { cutText } from "./width.ts";
import { dateTimeText, oneLine } from "./words.ts";

/** So much of a record is shown; all of it is in the JSON. */
const mostText = 200;

/** Where it died and of what, and below that the record. */
export function letterLines(letter: DeadLetter): Shown[] {
  const { letter: number, stage, origin, code, reason, text, whole, at } = letter;
  const where = stage ?? "source";
  return [
    [
      { text: `#${number}`, bold: true },
      ` ${where}${origin === undefined ? "" : ` · ${origin}`} · ${dateTimeText(at)} · `,
      { text: code, tone: "bad" },
      `: ${reason}`,
    ],
    ["    ", { text: cutText(oneLine(text), mostText), dim: true }],
    ...(whole ? [] : ["    it is no whole record, and cannot be replayed"]),
  ];
}
