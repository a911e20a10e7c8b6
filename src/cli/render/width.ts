import stringWidth from "string-width";

const clusters = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const plainAscii = /^[\u0020-\u007e]*$/;

/** Columns a text takes in a terminal: wide characters two, combining ones none. */
export function displayWidth(text: string): number {
  return plainAscii.test(text) ? text.length : stringWidth(text);
}

/** The text when it fits into so many columns, else its beginning and `mark`; never wider than asked. */
export function cutText(
  text: string,
  width: number,
  { mark = "…" }: { readonly mark?: string } = {},
): string {
  if (width <= 0) return "";
  if (displayWidth(text) <= width) return text;
  const markWidth = displayWidth(mark);
  return markWidth > width ? "" : beginningOf(text, width - markWidth) + mark;
}

/** As many whole characters from the beginning as fit into so many columns. */
function beginningOf(text: string, width: number): string {
  let used = 0;
  let kept = "";
  for (const { segment } of clusters.segment(text)) {
    used += displayWidth(segment);
    if (used > width) break;
    kept += segment;
  }
  return kept;
}

/** The text cut to, or filled with spaces up to, exactly so many columns. */
export function padText(
  text: string,
  width: number,
  { align = "left", mark = "…" }: { readonly align?: "left" | "right"; readonly mark?: string } = {},
): string {
  const cut = cutText(text, width, { mark });
  const space = " ".repeat(Math.max(0, width - displayWidth(cut)));
  return align === "left" ? cut + space : space + cut;
}
