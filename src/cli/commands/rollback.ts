import { resolve } from "node:path";
import type { BackTarget } from "../../verbs/going-back.ts";
import type { Tutti } from "../../verbs/tutti.ts";
import { agreed } from "../consent.ts";
import type { Context } from "../context.ts";
import { exitStatus } from "../exit-status.ts";
import { goBack, pointFlag } from "../go-back.ts";
import { chooseCheckpoint } from "../progressive.ts";
import { emergencyLines, rescuedLines } from "../render/rollback.ts";
import { usage } from "../usage.ts";
import { defineVerb } from "../verb.ts";

interface RollbackFlags {
  readonly to?: string;
  readonly step?: string;
  readonly all?: boolean;
  readonly files?: readonly string[];
  readonly progressive?: boolean;
  readonly emergency?: boolean;
  readonly into?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export const rollback = defineVerb<RollbackFlags>({
  examples: [
    "tutti rollback @last --to build/test",
    "tutti rollback 3m1x --step fix --dry-run",
    "tutti rollback 3m1x --to 4 --files 'src/**'",
    "tutti rollback 3m1x --progressive",
    "tutti rollback 3m1x --emergency --to 1f3a9c --into ../rescued",
  ],
  define: (command) =>
    command
      .argument("<run>", "id of a run, the beginning of one, or @last")
      .option("--to <node|number|commit>", "to where this node had ended, or to this checkpoint")
      .option("--step <node>", "to before this node began")
      .option("--all", "to before anything was done")
      .option("--files <glob...>", "only the files that fit; all steps stay as they are")
      .option(
        "--progressive",
        "look at one checkpoint after the other, the newest first, and say where to stop",
      )
      .option(
        "--emergency",
        "by the checkpoints alone, also where the run or the database is lost; with --to",
      )
      .option("--into <dir>", "with --emergency: write the whole state into this new folder")
      .option("--dry-run", "show what it would do; change nothing")
      .option("--yes", "do not ask"),
  run: async (context, { args: [name = ""], options }) => {
    requireOne(options);
    const tutti = await context.open();
    if (options.emergency) return rescue(context, tutti, { ...options, name });
    const { runId } = await tutti.find(name);
    const target = await targetOf(context, tutti, { ...options, runId });
    if (!target) return exitStatus.cancelled;
    return goBack(context, tutti, { runId, target, verb: "rollback", ...options });
  },
});

function requireOne({ to, step, all, progressive, emergency, files, into }: RollbackFlags): void {
  const ways = [to !== undefined, step !== undefined, all === true, progressive === true];
  if (ways.filter(Boolean).length !== 1) {
    throw usage(
      "Cannot roll back: say where to, and only once",
      "give one of --to NODE, NUMBER or COMMIT, --step NODE, --all and --progressive; see: tutti checkpoints RUN",
    );
  }
  if (emergency && (to === undefined || files))
    throw usage(
      'Cannot use "--emergency" like this: it needs --to COMMIT, and takes all files',
      "see: tutti rollback --help",
    );
  if (into !== undefined && !emergency)
    throw usage('Cannot use "--into" without "--emergency"', "add --emergency, or leave --into out");
}

async function targetOf(
  context: Context,
  tutti: Tutti,
  { runId, files, progressive, ...flags }: RollbackFlags & { readonly runId: string },
): Promise<BackTarget | undefined> {
  const some = files ? { files } : {};
  if (!progressive) return { ...some, point: pointFlag(flags) };
  const number = await chooseCheckpoint(context, tutti, runId);
  return number === undefined ? undefined : { ...some, point: { to: String(number) } };
}

async function rescue(
  { out, json, cwd }: Context,
  tutti: Tutti,
  { name, to = "", into, dryRun, yes = false }: RollbackFlags & { readonly name: string },
): Promise<number> {
  const target = { to, ...(into === undefined ? {} : { into: resolve(cwd, into) }) };
  const preview = await tutti.previewEmergency(name, target);
  if (json && dryRun) out.json({ ...preview, dryRun });
  else out.note(...emergencyLines(preview, target.into));
  if (dryRun) return exitStatus.done;
  const consent = { yes: yes || preview.where === "folder", doing: "roll back", question: "Put it back?" };
  if (!(await agreed(out, consent))) return exitStatus.cancelled;
  const print = (line: string) => out.note(line);
  const done = await tutti.emergencyRollback(name, { ...target, print });
  if (json) out.json(done);
  else out.say(...rescuedLines(done));
  return exitStatus.done;
}
