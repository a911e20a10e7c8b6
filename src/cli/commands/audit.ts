import type { SalvagedRun, StoreSalvage } from "../../ports/store-audit.ts";
import type { AuditFinding, AuditReport } from "../../verbs/audit.ts";
import { exitStatus } from "../exit-status.ts";
import type { Shown } from "../render/out.ts";
import { countText, numberText } from "../render/words.ts";
import { defineVerb } from "../verb.ts";

export const audit = defineVerb<{ readonly repair?: boolean }>({
  examples: ["tutti audit", "tutti audit @last --json", "tutti audit --repair"],
  define: (command) =>
    command
      .argument("[run]", "one run only: its id, the beginning of it, or @last")
      .option(
        "--repair",
        "repair what can be repaired, after a copy; of a damaged database save what can be read",
      ),
  run: async ({ out, json, open }, { args: [name], options: { repair = false } }) => {
    // of one run only: all others would be changed, too
    const tutti = await open({ salvage: repair && name === undefined });
    const one = name === undefined ? {} : { runId: (await tutti.find(name)).runId };
    const report = await tutti.audit({ repair, ...one });
    if (json) out.json(report);
    else out.say(...reportLines(report));
    const isLost = report.findings.some(isOpenError) || (report.salvaged && hasLost(report.salvaged));
    return isLost ? exitStatus.failed : exitStatus.done;
  },
});

/** Something is lost or wrong, and was not repaired now. */
function isOpenError(found: AuditFinding): boolean {
  return found.source === "run" || (found.finding.severity === "error" && found.repair === undefined);
}

function hasLost({ cut, lost, nameless, records, unreadable, forgotten }: StoreSalvage): boolean {
  return cut.length + lost.length + nameless + records + unreadable + forgotten > 0;
}

function reportLines({ runs, findings, backup, salvaged }: AuditReport): Shown[] {
  const total = `checked ${countText(runs, "run")}: ${findings.length === 0 ? "everything is sound" : countText(findings.length, "finding")}`;
  return [
    ...(salvaged ? salvageLines(salvaged) : []),
    ...findings.flatMap((found) => findingLines(found)),
    total,
    ...(backup === undefined ? [] : [`before the first repair everything was copied to ${backup}`]),
  ];
}

function salvageLines(salvage: StoreSalvage): Shown[] {
  const { damage, runs, cut, lost, nameless, records, unreadable, forgotten, backup } = salvage;
  const whole = runs - cut.length;
  return [
    [{ text: "salvaged", tone: "warn" }, ` a damaged database (${damage})`],
    `  kept: ${countText(whole, "whole run")}${cut.length > 0 ? `, and the beginning of ${cut.length} more` : ""}`,
    ...cut.map((run) => `  cut: run "${run.runId}": ${cutText(run)}; go on with: tutti resume ${run.runId}`),
    ...lost.map((runId) => `  lost: run "${runId}": its beginning or its workflow cannot be read`),
    ...(nameless > 0 ? [`  lost: ${countText(nameless, "run")} whose id cannot be read`] : []),
    ...(records > 0 ? [`  lost: ${countText(records, "record")} of pipelines`] : []),
    ...(unreadable > 0 ? [`  lost: ${messagesText(unreadable)}`] : []),
    ...(forgotten > 0
      ? [`  lost: ${messagesText(forgotten)}, as nothing tells which of them had been deleted`]
      : []),
    ...(hasLost(salvage) ? [] : ["  lost: nothing that is known"]),
    `  the database as it was: ${backup}`,
  ];
}

function messagesText(count: number): string {
  return countText(
    count,
    "message, cached result, breaker or batch of records",
    "messages, cached results, breakers or batches of records",
  );
}

function cutText({ kept, lost }: SalvagedRun): string {
  const tail = lost > 0 ? `at least the ${numberText(lost)} after them are lost` : "its end is lost";
  return `${countText(kept, "append")} kept, ${tail}`;
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
