import { projectChecks } from "../doctor/project.ts";
import { systemChecks } from "../doctor/system.ts";
import { careLines } from "../doctor/trees.ts";
import type { Check } from "../doctor/check.ts";
import type { TreeCare } from "../../verbs/tree-care.ts";
import type { Context } from "../context.ts";
import { exitStatus } from "../exit-status.ts";
import type { Shown } from "../render/out.ts";
import type { Tone } from "../render/words.ts";
import { usage } from "../usage.ts";
import { defineVerb } from "../verb.ts";

interface DoctorFlags {
  readonly resetBreakers?: boolean;
  readonly clean?: boolean;
  readonly save?: boolean;
}

export const doctor = defineVerb<DoctorFlags>({
  examples: ["tutti doctor", "tutti doctor --json", "tutti doctor --reset-breakers", "tutti doctor --clean"],
  define: (command) =>
    command
      .option("--reset-breakers", "close all circuit breakers, so that everything may be tried at once")
      .option("--clean", "take away working trees of runs that are over, and what they had besides")
      .option("--save", "with --clean: what is in no checkpoint becomes one first"),
  run: async (context, { options: { resetBreakers, clean, save } }) => {
    const { out, json } = context;
    if (save && !clean)
      throw usage("Cannot save alone: --save belongs to --clean", "tutti doctor --clean --save");
    if (resetBreakers) await (await context.open()).resetBreakers();
    const cleaned = clean ? await cleanUp(context, save) : undefined;
    const checks = [...(await systemChecks(context.cwd)), ...(await projectChecks(context))];
    const ok = checks.every((check) => check.result !== "fail");
    if (json) out.json({ ok, checks, ...(cleaned ? { cleaned } : {}) });
    else out.say(...(cleaned ? careLines(cleaned) : []), ...checks.flatMap((check) => checkLines(check)));
    return ok ? exitStatus.done : exitStatus.failed;
  },
});

async function cleanUp({ open, out }: Context, save = false): Promise<TreeCare> {
  return (await open()).careForTrees({ save, print: (line) => out.note(line) });
}

const tones: Readonly<Record<Check["result"], Tone>> = { ok: "good", warn: "warn", fail: "bad" };

function checkLines({ name, result, found, fix }: Check): Shown[] {
  return [
    [{ text: result.padEnd(4), tone: tones[result] }, ` ${name.padEnd(20)} ${found}`],
    ...(fix === undefined ? [] : [`     fix: ${fix}`]),
  ];
}
