import { confirm } from "./render/ask.ts";
import type { Out } from "./render/out.ts";
import { usage } from "./usage.ts";

/** Asks before something is changed that somebody may miss. Throws USAGE where nobody can be asked and `--yes` was not given. */
export async function agreed(
  out: Out,
  {
    yes = false,
    doing,
    question,
  }: { readonly yes?: boolean; readonly doing: string; readonly question: string },
): Promise<boolean> {
  if (yes) return true;
  if (!canAsk(out)) {
    throw usage(
      `Cannot ${doing} without a yes: there is no terminal to ask at`,
      "look at what it would do with --dry-run, then give --yes",
    );
  }
  return confirm(out, question);
}

export function canAsk(out: Out): boolean {
  return out.screen !== undefined && process.stdin.isTTY;
}
