import { type OverrideFlags, overridesOf, collect } from "../flags.ts";
import { planLines } from "../render/plan.ts";
import { loadNoted, sourceNamed } from "../source.ts";
import { defineVerb } from "../verb.ts";

export const plan = defineVerb<Pick<OverrideFlags, "limit" | "agent">>({
  examples: ["tutti plan workflows/first.yaml", "tutti plan big.yaml --limit parallel=16 --json"],
  define: (command) =>
    command
      .argument("<file>", "workflow file, pattern:NAME, or - for standard input")
      .option("--agent <name>", "plan with this agent for all steps")
      .option("--limit <name=value>", "plan with this cap, such as parallel=16 (repeat it)", collect, []),
  run: async (context, { args: [file = ""], options }) => {
    const tutti = await context.open();
    const { workflow } = await loadNoted(
      context,
      tutti,
      await sourceNamed(file, { tutti, cwd: context.cwd }),
    );
    const report = await tutti.plan(workflow, overridesOf(options, context.cwd));
    if (context.json) context.out.json(report);
    else context.out.say(...planLines(report));
    return 0;
  },
});
