import type { BudgetView, NodeBudget } from "../../core/budget-view.ts";
import type { BudgetReport, Sums } from "../../verbs/budget.ts";
import type { Shown } from "./out.ts";
import { headCells, tableLines } from "./table.ts";
import { capMoneyText, countText, durationText, moneyText, numberText, oneLine } from "./words.ts";

/** What is to be known of a run's money beside what it cost; nothing where none was spent. */
export function runBudgetLines(budget: BudgetView): Shown[] {
  const { mode, spentUsd, presumedUsd, heldUsd, unpredicted, leftUsd, capUsd, nodes } = budget;
  const parts = [
    ...(presumedUsd > 0 ? unknownText(budget) : []),
    ...heldText(heldUsd),
    ...(unpredicted > 0
      ? [`${countText(unpredicted, "agent")} under way at a price nobody can predict`]
      : []),
  ];
  const left = `${capMoneyText(leftUsd)} of ${capMoneyText(capUsd)} left`;
  const audit = mode === "audit" ? ["caps are only told"] : [];
  const ofRun =
    spentUsd > 0 || parts.length + audit.length > 0
      ? [`  budget: ${[...parts, left, ...audit].join(" · ")}`]
      : [];
  return [...ofRun, ...nodes.map(nodeText)];
}

interface Unknown {
  readonly unknownPrices: number;
  readonly presumedUsd: number;
}

/** `about $0.50 for 2 prices that nobody told`. */
function unknownText({ unknownPrices, presumedUsd }: Unknown): readonly string[] {
  if (unknownPrices === 0) return [];
  const about = presumedUsd > 0 ? `about ${moneyText(presumedUsd)} for ` : "";
  return [`${about}${countText(unknownPrices, "price")} that nobody told`];
}

function heldText(heldUsd: number): readonly string[] {
  return heldUsd > 0 ? [`${moneyText(heldUsd)} held for agents under way`] : [];
}

function nodeText({ address, limits, used }: NodeBudget): string {
  const { costUsd, tokens, agents, timeMs } = limits;
  const parts = [
    ...(costUsd === undefined
      ? []
      : [`${moneyText(used.costUsd + used.presumedUsd)} of ${capMoneyText(costUsd)}`]),
    ...(tokens === undefined ? [] : [`${numberText(used.tokens)} of ${numberText(tokens)} tokens`]),
    ...(agents === undefined ? [] : [`${used.agents} of ${countText(agents, "agent attempt")}`]),
    ...(timeMs === undefined ? [] : [`${durationText(used.timeMs)} of ${durationText(timeMs)}`]),
  ];
  return `  caps of ${oneLine(address)}: ${parts.join(" · ")} used`;
}

/** What was spent on a day. */
export function budgetReportLines(report: BudgetReport): Shown[] {
  const { day, capUsd, leftUsd, attempts, rehearsed, runs, work } = report;
  const played = playedLines(rehearsed);
  const cap =
    capUsd === undefined
      ? "no cap for a day; set one in tutti.yaml: limits: {day: 20 USD}"
      : `${capMoneyText(leftUsd ?? 0)} of ${capMoneyText(capUsd)} left`;
  const head: Shown = [
    { text: day, bold: true },
    ` (UTC) · ${attempts === 0 ? "no agent was asked" : sumText(report)}`,
  ];
  if (attempts === 0) return [head, `  ${cap}`, ...played];
  return [
    head,
    `  ${cap}`,
    ...played,
    "",
    ...tableLines([
      headCells("RUN", "NAME", "ATTEMPTS", "COST"),
      ...runs.map((run) => [run.runId, run.name ?? "", String(run.attempts), sumText(run)]),
    ]),
    "",
    ...tableLines([
      headCells("WORK", "AGENT", "ATTEMPTS", "COST"),
      ...work.map((one) => [one.what, one.agent, String(one.attempts), sumText(one)]),
    ]),
  ];
}

function playedLines(rehearsed: BudgetReport["rehearsed"]): readonly string[] {
  const { attempts, runs } = rehearsed;
  if (attempts === 0) return [];
  const holders = runs.flatMap(({ runId, heldUsd }) =>
    heldUsd > 0 ? [`    ${moneyText(heldUsd)} held by run ${runId}`] : [],
  );
  return [
    `  besides, ${countText(attempts, "attempt")} of agents that only play: ${sumText(rehearsed)}`,
    ...holders,
  ];
}

function sumText(sums: Sums): string {
  return [moneyText(sums.spentUsd), ...unknownText(sums), ...heldText(sums.heldUsd)].join(" · ");
}
