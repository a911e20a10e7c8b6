import { projectChecks } from "../doctor/project.ts";
import { systemChecks } from "../doctor/system.ts";
import type { Check } from "../doctor/check.ts";
import { exitStatus } from "../exit-status.ts";
import type { Shown } from "../render/out.ts";
import type { Tone } from "../render/words.ts";
import { defineVerb } from "../verb.ts";

export const doctor = defineVerb<{ readonly resetBreakers?: boolean }>({
  examples: ["tutti doctor", "tutti doctor --json", "tutti doctor --reset-breakers"],
  define: (command) =>
    command.option("--reset-breakers", "close all circuit breakers, so that everything may be tried at once"),
  run: async (context, { options: { resetBreakers } }) => {
    if (resetBreakers) await (await context.open()).resetBreakers();
    const checks = [...(await systemChecks(context.cwd)), ...(await projectChecks(context))];
    const ok = checks.every((check) => check.result !== "fail");
    if (context.json) context.out.json({ ok, checks });
    else context.out.say(...checks.flatMap((check) => checkLines(check)));
    return ok ? exitStatus.done : exitStatus.failed;
  },
});

const tones: Readonly<Record<Check["result"], Tone>> = { ok: "good", warn: "warn", fail: "bad" };

function checkLines({ name, result, found, fix }: Check): Shown[] {
  return [
    [{ text: result.padEnd(4), tone: tones[result] }, ` ${name.padEnd(20)} ${found}`],
    ...(fix === undefined ? [] : [`     fix: ${fix}`]),
  ];
}
