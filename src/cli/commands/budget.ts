import { budgetReportLines } from "../render/budget.ts";
import { defineVerb } from "../verb.ts";

interface BudgetFlags {
  readonly day?: string;
}

export const budget = defineVerb<BudgetFlags>({
  examples: ["tutti budget", "tutti budget --day 2026-11-21", "tutti budget --json"],
  define: (command) => command.option("--day <date>", "another day than today (UTC), such as 2026-11-21"),
  run: async (context, { options }) => {
    const report = await (await context.open()).budget(options.day);
    if (context.json) context.out.json(report);
    else context.out.say(...budgetReportLines(report));
    return 0;
  },
});
