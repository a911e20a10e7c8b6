import { findUnsound } from "../core/sound.ts";
import type { Unsoundness } from "../core/unsoundness.ts";
import { messageOf } from "../errors.ts";
import type { StoreFinding, StoreRepair, StoreSalvage } from "../ports/store-audit.ts";
import type { Parts } from "./parts.ts";

/** What is wrong with the stored state: in the store, or in what a run's log says. */
export type AuditFinding =
  | { readonly source: "store"; readonly finding: StoreFinding; readonly repair?: StoreRepair }
  | ({ readonly source: "run"; readonly runId: string } & Unsoundness);

export interface AuditReport {
  readonly runs: number;
  readonly findings: readonly AuditFinding[];
  /** What was saved of the database, and what is lost, when it was damaged and opened with `salvage`. */
  readonly salvaged?: StoreSalvage;
  /** Folder of the copy that was made before the first repair. */
  readonly backup?: string;
}

export interface AuditOptions {
  readonly repair?: boolean;
  readonly runId?: string;
}

/** Checks every run against its invariants and the store against itself; repairs what is safe when asked. */
export async function audit(parts: Parts, options: AuditOptions = {}): Promise<AuditReport> {
  const ofStore = await auditStore(parts, options);
  const rows = await parts.store.list();
  const chosen = options.runId === undefined ? rows : rows.filter((row) => row.runId === options.runId);
  const ofRuns = await Promise.all(
    chosen.map(async ({ runId }): Promise<AuditFinding[]> => {
      const unsound = await unsoundnessOf(parts, runId);
      return unsound.map((found) => ({ source: "run", runId, ...found }));
    }),
  );
  const backup = ofStore.find((found) => found.repair)?.repair?.backup;
  const findings = [...ofStore, ...ofRuns.flat()];
  const { salvaged } = parts.audit;
  return {
    runs: chosen.length,
    findings,
    ...(salvaged ? { salvaged } : {}),
    ...(backup === undefined ? {} : { backup }),
  };
}

type StorePart = Extract<AuditFinding, { source: "store" }>;

async function auditStore(parts: Parts, { repair, runId }: AuditOptions): Promise<StorePart[]> {
  const findings: StorePart[] = [];
  for await (const finding of parts.audit.inspect()) {
    if (runId === undefined || finding.runId === runId) findings.push({ source: "store", finding });
  }
  if (repair !== true) return findings;
  // not while it is being looked at: the copy before the first repair needs a database that nobody reads
  const repaired: StorePart[] = [];
  for (const { finding } of findings) {
    const done = finding.repairable ? { repair: await parts.audit.repair(finding) } : {};
    repaired.push({ source: "store", finding, ...done });
  }
  return repaired;
}

async function unsoundnessOf(parts: Parts, runId: string): Promise<readonly Unsoundness[]> {
  try {
    return findUnsound(await parts.store.read(runId));
  } catch (error) {
    return [
      {
        at: 0,
        index: 0,
        rule: "readable",
        message: `Cannot read the log of run "${runId}": ${messageOf(error)}`,
      },
    ];
  }
}
