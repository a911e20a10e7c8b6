import { Argument } from "commander";
import { TuttiError } from "../../errors.ts";
import type { CacheEntry, ResultCache } from "../../ports/result-cache.ts";
import type { Context } from "../context.ts";
import type { Shown } from "../render/out.ts";
import { headCells, tableLines } from "../render/table.ts";
import { agoText, countText, dateTimeText } from "../render/words.ts";
import { usage } from "../usage.ts";
import { defineVerb } from "../verb.ts";

export const cache = defineVerb({
  examples: ["tutti cache", "tutti cache explain 3fa9", "tutti cache clear", "tutti cache clear 3fa9"],
  define: (command) =>
    command
      .addArgument(
        new Argument("[action]", "what to do").choices(["list", "explain", "clear"]).default("list"),
      )
      .argument("[key]", "key of a result, or the beginning of one"),
  run: async (context, { args: [action = "list", key] }) => {
    const results = (await context.open()).cache;
    if (action === "clear") return clear(context, { results, key });
    if (action === "explain") return explain(context, { results, key });
    if (key !== undefined)
      throw usage(`Cannot list "${key}": list takes no key`, "use: tutti cache explain KEY");
    return list(context, await results.list());
  },
});

interface Asked {
  readonly results: ResultCache;
  readonly key: string | undefined;
}

function list({ out, json }: Context, entries: readonly CacheEntry[]): number {
  if (json) {
    out.json({ entries: entries.map(({ outcome: _, ...entry }) => entry) });
    return 0;
  }
  if (entries.length === 0) out.note("no result is cached; steps with `cache: 1h` keep theirs");
  else out.say(...listLines(entries));
  return 0;
}

function listLines(entries: readonly CacheEntry[]): Shown[] {
  const now = Date.now();
  return tableLines([
    headCells("KEY", "KEPT", "RUN", "STEP"),
    ...entries.map((entry) => [
      { text: entry.key.slice(0, 12), bold: true },
      agoText(entry.storedAt, now),
      entry.runId,
      entry.address,
    ]),
  ]);
}

async function explain({ out, json }: Context, { results, key }: Asked): Promise<number> {
  if (key === undefined) throw usage("Cannot explain a result without its KEY", "see: tutti cache list");
  const entry = await entryNamed(results, key);
  const { storedAt, runId, address, outcome } = entry;
  if (json) {
    out.json(entry);
    return 0;
  }
  out.say(
    [{ text: entry.key, bold: true }],
    `  kept ${dateTimeText(storedAt)} by step ${address} of run ${runId}`,
    "  used again for a step of the same definition, arguments and files (`reads:`), while it is not too old;",
    "  it costs nothing, and gates run all the same",
    `  result: ${JSON.stringify(outcome.output ?? outcome.stdout ?? null).slice(0, 500)}`,
  );
  return 0;
}

async function clear({ out, json }: Context, { results, key }: Asked): Promise<number> {
  const wanted = key === undefined ? undefined : (await entryNamed(results, key)).key;
  const cleared = await results.clear(wanted);
  if (json) out.json({ cleared });
  else out.say(`cleared ${countText(cleared, "result")}`);
  return 0;
}

async function entryNamed(results: ResultCache, key: string): Promise<CacheEntry> {
  const found = (await results.list()).filter((entry) => entry.key.startsWith(key));
  const [only, another] = found;
  if (only && !another) return only;
  throw new TuttiError(
    "BAD_VALUE",
    `Cannot find the cached result "${key}": ${only ? `${found.length} keys begin like this` : "there is no such key"}`,
    { fix: only ? "give more of the key" : "see: tutti cache list" },
  );
}
