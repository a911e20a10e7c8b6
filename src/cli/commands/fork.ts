import type { ForkPreview } from "../../verbs/fork.ts";
import { isDetachedChild, startDetached, tellParent } from "../detach.ts";
import { collect, inputsOf, type OverrideFlags, overrideFlags, overridesOf } from "../flags.ts";
import { followRun } from "../follow.ts";
import { openRun } from "../opened-run.ts";
import { leftLine } from "../render/plan.ts";
import { countText, moneyText } from "../render/words.ts";
import { defineVerb } from "../verb.ts";

interface ForkFlags extends OverrideFlags {
  readonly to?: string;
  readonly input: readonly string[];
  readonly detach?: boolean;
}

export const fork = defineVerb<ForkFlags>({
  examples: [
    "tutti fork @last --to plan",
    "tutti fork 3m1x --to 4 --input style=short",
    "tutti fork 3m1x --agent mock --mock other.yaml --detach",
  ],
  define: (command) =>
    overrideFlags(
      command
        .argument("<run>", "id of a run, the beginning of one, or @last")
        .option(
          "--to <node|number>",
          "from where this node had ended, or from this checkpoint (default: as it stands)",
        )
        .option("--input <name=value>", "another value for an input (repeat it)", collect, [])
        .option("--detach", "run in the background; prints the run's id"),
    ),
  run: async (context, { args: [name = ""], options }) => {
    const overrides = overridesOf(options, context.cwd);
    const { tutti, run } = await openRun(context, name, { ...overrides, wait: options.wait === true });
    const point = options.to === undefined ? {} : { point: { to: options.to } };
    context.out.note(...forkLines(await tutti.previewFork(run.runId, point)));
    if (options.detach && !isDetachedChild()) return startDetached(context);
    const inputs = options.input.length > 0 ? { inputs: await inputsOf(options, context.cwd) } : {};
    const handle = await tutti.fork(run.runId, { ...point, ...inputs, ...(overrides ? { overrides } : {}) });
    tellParent(handle.id);
    const plan = await tutti.planLeft(handle);
    context.out.note(leftLine(plan));
    return followRun(context, { tutti, handle, plan, saved: true });
  },
});

function forkLines({ runId, point, shared, sharedUsd }: ForkPreview): readonly string[] {
  const results = countText(shared.length, "result");
  const paid = sharedUsd === 0 ? "" : `, paid for by that run: ${moneyText(sharedUsd)}`;
  return [`another run from ${point} of run ${runId}: ${results} taken over${paid}`];
}
