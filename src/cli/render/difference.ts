import type { UpdateDifference } from "../../verbs/update.ts";
import type { Shown } from "./out.ts";
import type { Tone } from "./words.ts";

/** What a changed workflow does to a run. */
export function differenceLines({ added, removed, changed, kept }: UpdateDifference): Shown[] {
  const all = [
    ...lines("+", { tone: "good", addresses: added, what: "new" }),
    ...lines("-", { tone: "bad", addresses: removed, what: "removed" }),
    ...lines("~", { tone: "warn", addresses: changed, what: "changed: runs again, and what depends on it" }),
    ...(kept.length > 0 ? [[{ text: `  ${kept.length} finished and unchanged`, dim: true }]] : []),
  ];
  const same = added.length + removed.length + changed.length === 0;
  return same
    ? ["the workflow is the same as that of the run", ...all]
    : ["the workflow has changed:", ...all];
}

interface Group {
  readonly tone: Tone;
  readonly addresses: readonly string[];
  readonly what: string;
}

function lines(mark: string, { tone, addresses, what }: Group): Shown[] {
  return addresses.map((address) => [
    "  ",
    { text: `${mark} ${address}`, tone },
    { text: `  ${what}`, dim: true },
  ]);
}
