import type { Out } from "./out.ts";

/** Asks a person at the terminal; where there is none, nobody can be asked and the answer is yes. */
export async function confirm(out: Out, message: string): Promise<boolean> {
  if (!out.screen || !process.stdin.isTTY) return true;
  const { confirm: ask } = await import("@clack/prompts");
  return (await ask({ message, initialValue: false, output: out.screen })) === true;
}
