import { goBack } from "../go-back.ts";
import { usage } from "../usage.ts";
import { defineVerb } from "../verb.ts";

interface RewindFlags {
  readonly to?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export const rewind = defineVerb<RewindFlags>({
  examples: ["tutti rewind @last --to build/test", "tutti rewind 3m1x --to 4 --dry-run"],
  define: (command) =>
    command
      .argument("<run>", "id of a run, the beginning of one, or @last")
      .option("--to <node|number>", "to where this node had ended, or to this checkpoint")
      .option("--dry-run", "show what it would do; change nothing")
      .option("--yes", "do not ask"),
  run: async (context, { args: [name = ""], options: { to, ...flags } }) => {
    if (to === undefined) {
      throw usage(
        "Cannot rewind: the point is missing",
        "give it: --to NODE, or --to NUMBER of a checkpoint",
      );
    }
    const tutti = await context.open();
    const { runId } = await tutti.find(name);
    const target = { point: { to }, rewinds: true };
    return goBack(context, tutti, { runId, target, verb: "rewind", ...flags });
  },
});
