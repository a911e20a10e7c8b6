import type { ForkPreview } from "../../verbs/fork.ts";
import type { Context } from "../context.ts";
import { isDetachedChild, startDetached, tellParent } from "../detach.ts";
import { exitStatus } from "../exit-status.ts";
import { collect, inputsOf, type OverrideFlags, overrideFlags, overridesOf } from "../flags.ts";
import { followRun } from "../follow.ts";
import { openRun } from "../opened-run.ts";
import type { Shown } from "../render/out.ts";
import { leftLine } from "../render/plan.ts";
import { unlandedLines } from "../render/rollback.ts";
import { countText, moneyText } from "../render/words.ts";
import { defineVerb } from "../verb.ts";

interface ForkFlags extends OverrideFlags {
  readonly to?: string;
  readonly input: readonly string[];
  readonly detach?: boolean;
  readonly dryRun?: boolean;
}

export const fork = defineVerb<ForkFlags>({
  examples: [
    "tutti fork @last --to plan",
    "tutti fork @last --dry-run",
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
        .option("--detach", "run in the background; prints the run's id")
        .option("--dry-run", "show what it would begin with; begin nothing"),
    ),
  run: async (context, { args: [name = ""], options }) => {
    const overrides = overridesOf(options, context.cwd);
    const { tutti, run } = await openRun(context, name, { ...overrides, wait: options.wait === true });
    const point = options.to === undefined ? {} : { point: { to: options.to } };
    const preview = await tutti.previewFork(run.runId, point);
    if (options.dryRun) return show(context, preview);
    if (options.detach && !isDetachedChild()) {
      context.out.note(...forkLines(preview));
      return startDetached(context);
    }
    const inputs = options.input.length > 0 ? { inputs: await inputsOf(options, context.cwd) } : {};
    const handle = await tutti.fork(run.runId, { ...point, ...inputs, ...(overrides ? { overrides } : {}) });
    context.out.note(...forkLines(preview));
    tellParent(handle.id);
    const plan = await tutti.planLeft(handle);
    context.out.note(leftLine(plan));
    return followRun(context, { tutti, handle, plan, saved: true });
  },
});

function show({ out, json }: Context, preview: ForkPreview): number {
  if (json) out.json({ ...preview, dryRun: true });
  else out.say(...forkLines(preview));
  return exitStatus.done;
}

function forkLines({ runId, point, shared, sharedUsd, unlanded, where }: ForkPreview): readonly Shown[] {
  const results = countText(shared.length, "result");
  const paid = sharedUsd === 0 ? "" : `, paid for by that run: ${moneyText(sharedUsd)}`;
  return [
    `another run from ${point} of run ${runId}: ${results} taken over${paid}`,
    ...unlandedLines(unlanded, "done again"),
    where === "tree"
      ? "it works in a tree of its own, with the files as they were there"
      : "it works in the project's folder, with the files as they are now",
  ];
}
