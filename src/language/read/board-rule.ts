import { defined } from "../defined.ts";
import { Report } from "../diagnostics/report.ts";
import type { BoardResolve } from "../boards.ts";
import type { Loading, Located } from "./loading.ts";
import { readRuleAlone } from "./vote-rule.ts";

/** What holds on a blackboard where agents disagree. */

const words = ["latest", "first", "none"] as const;

/** Reads `resolve:` of a blackboard: a word of its own, or a rule as votes are counted by. */
export function readResolve(loading: Loading, at: Located): BoardResolve {
  const word = words.find((one) => one === at.value);
  if (word) return word;
  const read = readRuleAlone(loading, at, { key: "resolve", besides: words });
  if (!read) return "latest";
  const { rule, quorum, tie, judge, by } = read;
  for (const [key, spot] of Object.entries({ tie: tie?.spot, judge: judge?.spot, by: by?.at }))
    if (spot) {
      const message = `Cannot use "${key}" here: nobody is asked what holds on a blackboard`;
      loading.report.add({ code: "BAD_VALUE", message, fix: "take it out", at: spot, part: "key" });
    }
  if (rule.kind === "ranked") {
    const message = 'Cannot use "ranked" as "resolve": what agents write is one value and no ranking';
    loading.report.add({ code: "BAD_VALUE", message, fix: 'write "majority"', at: at.spot });
  }
  return { rule, ...defined({ quorum }) };
}

/** What holds on the blackboard of a swarm, by its rule of decisions; what is wrong with that is told where it is read. */
export function resolveBy(loading: Loading, rule: Located | undefined): BoardResolve {
  const read = ruleQuietly(loading, rule);
  if (!read) return "latest";
  // nobody ranks what it writes
  const counted = read.rule.kind === "ranked" ? ({ kind: "majority" } as const) : read.rule;
  return { rule: counted, ...defined({ quorum: read.quorum }) };
}

/** True when who votes by this rule ranks what there is. */
export function isRanked(loading: Loading, rule: Located | undefined): boolean {
  return ruleQuietly(loading, rule)?.rule.kind === "ranked";
}

function ruleQuietly(loading: Loading, rule: Located | undefined): ReturnType<typeof readRuleAlone> {
  return rule && readRuleAlone({ ...loading, report: new Report({ places: loading.places }) }, rule);
}
