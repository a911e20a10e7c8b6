/** A time for readers anywhere. */
export function timeText(at: number): string {
  return new Date(at)
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, " UTC");
}

/** The core writes times as `{time:<ms>}`. */
export function withTimes(text: string): string {
  return text.replaceAll(/\{time:(\d+)\}/g, (_, at: string) => timeText(Number(at)));
}

/** Text that is text for whoever draws the Markdown: no markup, no HTML, no second line. */
export function inert(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").replaceAll(/[\\`*_[\]<>|#&!]/g, String.raw`\$&`);
}

/** The same inside backquotes. */
export function code(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}`]+/gu, " ");
}
