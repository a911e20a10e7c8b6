/** A fenced block of a Markdown text; `start` and `end` are offsets, the marks included. */
export interface Fence {
  readonly start: number;
  readonly end: number;
  /** What stands behind the opening mark. */
  readonly info: string;
  readonly content: string;
}

/** The fenced blocks that are closed, in order; one that is not goes to the end and is left out. Linear in the text. */
export function fencesOf(text: string): Fence[] {
  const fences: Fence[] = [];
  let open:
    | { readonly mark: string; readonly info: string; readonly start: number; readonly from: number }
    | undefined;
  for (const line of text.matchAll(/^(`{3,}|~{3,})([^\n]*)(?:\n|$)/gm)) {
    const [whole, mark = "", info = ""] = line;
    if (!open) {
      open = { mark, info: info.trim(), start: line.index, from: line.index + whole.length };
      continue;
    }
    if (!mark.startsWith(open.mark) || info.trim() !== "") continue;
    const content = text.slice(open.from, Math.max(open.from, line.index - 1));
    const end = line.index + mark.length + info.length;
    fences.push({ start: open.start, end, info: open.info, content });
    open = undefined;
  }
  return fences;
}
