import type { AuditFinding, AuditReport } from "../../verbs/audit.ts";
import { exitStatus } from "../exit-status.ts";
import type { Shown } from "../render/out.ts";
import { countText } from "../render/words.ts";
import { defineVerb } from "../verb.ts";

export const audit = defineVerb<{ readonly repair?: boolean }>({
  examples: ["tutti audit", "tutti audit @last --json", "tutti audit --repair"],
  define: (command) =>
    command
      .argument("[run]", "one run only: its id, the beginning of it, or @last")
      .option("--repair", "repair what can be repaired without loss, after a copy"),
  run: async ({ out, json, open }, { args: [name], options: { repair = false } }) => {
    const tutti = await open();
    const one = name === undefined ? {} : { runId: (await tutti.find(name)).runId };
    const report = await tutti.audit({ repair, ...one });
    if (json) out.json(report);
    else out.say(...reportLines(report));
    return report.findings.some(isOpenError) ? exitStatus.failed : exitStatus.done;
  },
});

/** Something is lost or wrong, and was not repaired now. */
function isOpenError(found: AuditFinding): boolean {
  return found.source === "run" || (found.finding.severity === "error" && found.repair === undefined);
}

function reportLines({ runs, findings, backup }: AuditReport): Shown[] {
  const total = `checked ${countText(runs, "run")}: ${findings.length === 0 ? "everything is sound" : countText(findings.length, "finding")}`;
  return [
    ...findings.flatMap((found) => findingLines(found)),
    total,
    ...(backup === undefined ? [] : [`before the first repair everything was copied to ${backup}`]),
  ];
}

function findingLines(found: AuditFinding): Shown[] {
  if (found.source === "run") {
    const { runId, rule, message, index } = found;
    return [[{ text: "error", tone: "bad" }, ` run ${runId}, event ${index}: ${message} (rule: ${rule})`]];
  }
  const { finding, repair } = found;
  const { severity, kind, message, fix } = finding;
  const tone = severity === "error" ? "bad" : "warn";
  const done = repair?.changed ? "  repaired" : `  fix: ${fix}`;
  return [[{ text: severity, tone }, ` ${kind}: ${message}`], done];
}
