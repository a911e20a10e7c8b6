import { type HereDoc, refuse, type Scan } from "./shell-state.ts";

/** Reads `<<WORD` at the scan's place. */
export function startHereDoc(scan: Scan): void {
  const form = /<<(-?)[ \t]*((?:\\[\s\S]|'[^']*'|"[^"]*"|[^\s;&|<>()'"\\])*)/y;
  form.lastIndex = scan.at;
  const match = form.exec(scan.text);
  const word = String(match?.[2]);
  if (word.includes("${{"))
    throw refuse(scan, { why: "as a here-document's delimiter", fix: "write a plain word" });
  scan.at = form.lastIndex;
  scan.hereDocs.push({
    delimiter: word.replaceAll(/\\([\s\S])|['"]/g, "$1"),
    stripsTabs: match?.[1] === "-",
    verbatim: /['"\\]/.test(word),
  });
}

/** Reads the bodies of the here-documents that began on the line before; `read` scans one that is not verbatim. */
export function readHereDocs(scan: Scan, read: (scan: Scan) => void): void {
  for (const hereDoc of scan.hereDocs.splice(0)) {
    const body = bodyOf(scan, hereDoc);
    if (hereDoc.verbatim) refuseIn(scan, body.end);
    else within(scan, body.end, read);
    scan.at = body.next;
  }
}

function within(scan: Scan, end: number, read: (scan: Scan) => void): void {
  const outer = scan.end;
  scan.end = end;
  read(scan);
  scan.end = outer;
}

function refuseIn(scan: Scan, end: number): void {
  const start = scan.text.indexOf("${{", scan.at);
  if (start === -1 || start >= end) return;
  throw refuse(scan, {
    why: "in a here-document with a quoted delimiter",
    fix: "write the delimiter without quotes, as in <<EOF, and \\$ for each $ of the text",
  });
}

/** Where the body ends, and where the text goes on after the delimiter. */
function bodyOf(scan: Scan, hereDoc: HereDoc): { readonly end: number; readonly next: number } {
  let lineStart = scan.at;
  while (lineStart < scan.end) {
    const lineEnd = endOfHereLine(scan, lineStart, hereDoc);
    const line = scan.text.slice(lineStart, lineEnd);
    if (isDelimiter(line, hereDoc)) return { end: lineStart, next: Math.min(lineEnd + 1, scan.end) };
    lineStart = lineEnd + 1;
  }
  scan.unsure ??= `in a here-document without its end "${hereDoc.delimiter}"`;
  return { end: scan.end, next: scan.end };
}

/** A line that is not verbatim goes on after a backslash at its end. */
function endOfHereLine(scan: Scan, start: number, { verbatim }: HereDoc): number {
  const form = verbatim ? /[^\n]*/y : /(?:\\[\s\S]|[^\n\\])*/y;
  form.lastIndex = start;
  form.test(scan.text);
  return Math.min(form.lastIndex, scan.end);
}

function isDelimiter(line: string, { delimiter, stripsTabs, verbatim }: HereDoc): boolean {
  const joined = verbatim ? line : line.replaceAll("\\\n", "");
  return (stripsTabs ? joined.replace(/^\t+/, "") : joined) === delimiter;
}
