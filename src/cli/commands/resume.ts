import type { RunOverrides } from "../../core/events.ts";
import type { JsonObject } from "../../expression/json.ts";
import type { Source } from "../../verbs/load.ts";
import type { Context } from "../context.ts";
import { exitStatus } from "../exit-status.ts";
import { collect, inputsOf, type OverrideFlags, overrideFlags, overridesOf } from "../flags.ts";
import { followRun } from "../follow.ts";
import { type OpenedRun, openRun } from "../opened-run.ts";
import { confirm } from "../render/ask.ts";
import { differenceLines, givesUpResults } from "../render/difference.ts";
import { leftLine } from "../render/plan.ts";
import { loadNoted, sourceNamed } from "../source.ts";
import { usage } from "../usage.ts";
import { defineVerb } from "../verb.ts";
import { hasChanged, workflowFile } from "../workflow-file.ts";

interface ResumeFlags extends OverrideFlags {
  readonly from?: string;
  readonly update?: string | true;
  readonly input: readonly string[];
  readonly yes?: boolean;
}

export const resume = defineVerb<ResumeFlags>({
  examples: [
    "tutti resume @last",
    "tutti resume 3m1x --limit cost=20USD",
    "tutti resume 3m1x --update   (the file was edited)",
    "tutti resume 3m1x --from fix",
  ],
  define: (command) =>
    overrideFlags(
      command
        .argument("<run>", "id of a run, the beginning of one, or @last")
        .option("--from <node>", "run this node and all that depends on it again")
        .option("--update [file]", "take up the changed workflow file (default: the one it was read from)")
        .option("--input <name=value>", "another value for an input (repeat it)", collect, [])
        .option("--yes", "do not ask before results are given up"),
    ),
  run: async (context, { args: [name = ""], options }) => {
    const overrides = overridesOf(options, context.cwd);
    const opened = await openRun(context, name, { ...overrides, wait: options.wait === true });
    const update = options.update === undefined ? undefined : await updateOf(context, opened, options.update);
    const inputs = options.input.length > 0 ? await inputsOf(options, context.cwd) : undefined;
    const changes = { from: options.from, update, inputs, overrides };
    if (!(await accepted(context, opened, { ...changes, yes: options.yes === true }))) {
      return exitStatus.cancelled;
    }
    if (!update) await noteChange(context, opened);
    return goOn(context, opened, changes);
  },
});

interface Changes {
  readonly from: string | undefined;
  readonly update: Source | undefined;
  readonly inputs: JsonObject | undefined;
  readonly overrides: RunOverrides | undefined;
}

async function goOn(
  context: Context,
  { tutti, run, events }: OpenedRun,
  { from, update, inputs, overrides }: Changes,
): Promise<number> {
  const handle = await tutti.resume(run.runId, {
    ...(from === undefined ? {} : { from }),
    ...(update ? { update } : {}),
    ...(inputs ? { inputs } : {}),
    ...(overrides ? { overrides } : {}),
  });
  const plan = await tutti.planLeft(handle);
  context.out.note(leftLine(plan));
  return followRun(context, { tutti, handle, plan, earlier: events, saved: true });
}

/** A run keeps its workflow; a person who has mended the file may not know. */
async function noteChange({ out }: Context, opened: OpenedRun): Promise<void> {
  if (!(await hasChanged(opened))) return;
  const { origin, runId } = opened.run;
  out.note(
    `${origin} has changed since this run began; it goes on as it was. ` +
      `To take the change over: tutti resume ${runId} --update`,
  );
}

async function updateOf(context: Context, { tutti, run }: OpenedRun, file: string | true): Promise<Source> {
  if (file !== true) {
    return loadNoted(context, tutti, await sourceNamed(file, { tutti, cwd: context.cwd }));
  }
  const path = workflowFile(tutti, run.origin);
  if (path === undefined) {
    throw usage(
      `Cannot update run "${run.runId}": its workflow was read from no file of yours`,
      "name the file: --update FILE",
    );
  }
  return loadNoted(context, tutti, { kind: "file", path });
}

/** Shows what the changed workflow does to the run; asks when results are given up. */
async function accepted(
  { out }: Context,
  { tutti, run }: OpenedRun,
  { update, inputs, overrides, yes }: Changes & { readonly yes: boolean },
): Promise<boolean> {
  if (!update) return true;
  const also = { ...(inputs ? { inputs } : {}), ...(overrides ? { overrides } : {}) };
  const difference = await tutti.difference(run.runId, update, also);
  out.note(...differenceLines(difference));
  if (!givesUpResults(difference)) return true;
  return yes || confirm(out, "Go on with the changed workflow?");
}
