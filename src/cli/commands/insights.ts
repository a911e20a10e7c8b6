import type { DecisionInsight, Insights, WayInsight } from "../../verbs/insights.ts";
import type { Context } from "../context.ts";
import type { Shown } from "../render/out.ts";
import { headCells, tableLines } from "../render/table.ts";
import { agoText, countText, durationText, moneyText, numberText } from "../render/words.ts";
import { usage } from "../usage.ts";
import { defineVerb } from "../verb.ts";

interface InsightFlags {
  readonly clear?: boolean;
}

/** What there are insights of. */
const topics = ["decisions"];

export const insights = defineVerb<InsightFlags>({
  examples: [
    "tutti insights",
    "tutti insights decisions",
    "tutti insights decisions release --json",
    "tutti insights decisions release --clear",
  ],
  define: (command) =>
    command
      .argument("[topic]", "what to tell of: decisions")
      .argument("[workflow]", "name of one workflow")
      .option("--clear", "forget it"),
  run: async (context, { args: [topic, workflow], options: { clear } }) => {
    const learned = (await context.open()).insights;
    if (topic === undefined) return list(context, learned, clear === true);
    if (!topics.includes(topic))
      throw usage(
        `Cannot tell of "${topic}": this version of tutti learns only of decisions`,
        "use: tutti insights decisions",
      );
    const filter = workflow === undefined ? {} : { workflow };
    if (clear) return forget(context, learned, filter);
    return tell(context, await learned.decisions(filter), workflow);
  },
});

/** What there is to tell of. */
async function list({ out, json }: Context, learned: Insights, clear: boolean): Promise<number> {
  if (clear) throw usage("Cannot forget everything at once", "name it: tutti insights decisions --clear");
  const all = await learned.decisions();
  const cases = all.reduce((sum, one) => sum + one.cases, 0);
  if (json) out.json({ decisions: { count: all.length, cases } });
  else if (all.length === 0) out.note(nothing(undefined));
  else
    out.say(
      `decisions: ${numberText(all.length)}, ${countText(cases, "case")}; see: tutti insights decisions`,
    );
  return 0;
}

async function forget(
  { out, json }: Context,
  learned: Insights,
  filter: { readonly workflow?: string },
): Promise<number> {
  const forgotten = await learned.forgetDecisions(filter);
  if (json) out.json({ forgotten });
  else out.say(`forgot ${countText(forgotten, "case")}`);
  return 0;
}

function tell(
  { out, json }: Context,
  decisions: readonly DecisionInsight[],
  workflow: string | undefined,
): number {
  if (json) out.json({ decisions });
  else if (decisions.length === 0) out.note(nothing(workflow));
  else {
    const now = Date.now();
    for (const [index, decision] of decisions.entries()) {
      if (index > 0) out.say("");
      out.say(...decisionLines(decision, now));
    }
  }
  return 0;
}

function nothing(workflow: string | undefined): string {
  const where = workflow === undefined ? "" : ` in "${workflow}"`;
  return `nothing was learned of decisions${where}: each \`flow:\` or \`switch:\` that is run teaches one case`;
}

function decisionLines(decision: DecisionInsight, now: number): Shown[] {
  const { workflow, place, ways, cases, at, outdated, rehearsal } = decision;
  const past = outdated ? " · as it was before it was changed" : "";
  const played = rehearsal ? " · of agents that only play: real runs learn nothing of it" : "";
  return [
    [
      { text: `${workflow} ${place}`, bold: true },
      ` · ${countText(cases, "case")}, the last ${agoText(at, now)}${past}${played}`,
    ],
    ...tableLines([
      headCells("  WAY", "TAKEN", "ENDED WELL", "LIKELY", "COST", "TIME"),
      ...ways.map((way) => [`  ${way.way}`, ...wayCells(way)]),
    ]),
    ...(outdated ? [] : [preferenceLine(decision)]),
  ];
}

function wayCells({ taken, good, likely, meanCostUsd, meanDurationMs }: WayInsight): string[] {
  return [
    numberText(taken),
    taken === 0 ? "" : `${numberText(good)} (${percent(good / taken)})`,
    `${percent(likely.from)}–${percent(likely.to)}`,
    taken === 0 ? "" : moneyText(meanCostUsd),
    meanDurationMs === null ? "" : durationText(meanDurationMs),
  ];
}

function preferenceLine({ prefers, cases, ways }: DecisionInsight): string {
  if (!prefers || ways.length < 2) return "  there is no other way to choose";
  const sure = `the best with ${percent(prefers.chance)} certainty, on ${countText(cases, "case")}`;
  return `  \`adaptive: true\` prefers ${prefers.way}: ${sure}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
