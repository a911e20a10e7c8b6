import { chmod, rename, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { TuttiError } from "../../errors.ts";
import type { StoreAudit, StoreFinding, StoreSalvage } from "../../ports/store-audit.ts";
import { inspectArtifacts, inspectTempFiles, isFresh } from "./audit-artifacts.ts";
import {
  inspectBodies,
  inspectDatabase,
  inspectLeases,
  inspectRows,
  ownedTables,
  type AuditParts,
} from "./audit-database.ts";
import { artifactPath, tempFolder, unlessMissing } from "./artifacts.ts";
import { newBackupFolder } from "./backup.ts";
import { isAlive } from "./leases.ts";

export function createStoreAudit(parts: AuditParts, salvaged?: StoreSalvage): StoreAudit {
  let backup: Promise<string> | undefined;
  return {
    ...(salvaged ? { salvaged } : {}),
    inspect: (signal) => inspectStore(parts, signal),
    repair: async (finding) => {
      if (!finding.repairable) throw unrepairable(finding);
      const folder = await (backup ??= copyAway(parts));
      return { changed: await repair(parts, { finding, backup: folder }), backup: folder };
    },
  };
}

async function* inspectStore(parts: AuditParts, signal?: AbortSignal): AsyncIterable<StoreFinding> {
  const { connection } = parts;
  const damages = [...inspectDatabase(connection)];
  yield* damages;
  // what a damaged database says about its rows is worth nothing
  if (damages.length > 0) return;
  signal?.throwIfAborted();
  const rows = [...inspectRows(connection)];
  yield* rows;
  const bodies = inspectBodies(connection);
  yield* bodies.findings;
  // a log that cannot be read may name any artifact
  const isWhole = [...rows, ...bodies.findings].every(({ severity }) => severity !== "error");
  for await (const finding of inspectArtifacts(parts, { ...bodies, isWhole })) {
    signal?.throwIfAborted();
    yield finding;
  }
  yield* inspectLeases(parts);
  yield* inspectTempFiles(parts);
}

/** A whole copy of the database, made before the first change. */
async function copyAway({ connection, dir, clock }: AuditParts): Promise<string> {
  const folder = await newBackupFolder(dir, clock);
  const file = join(folder, "tutti.db");
  connection.statement("VACUUM INTO ?").run(file);
  await chmod(file, 0o600);
  return folder;
}

interface Repairing {
  readonly finding: StoreFinding;
  readonly backup: string;
}

function repair(parts: AuditParts, repairing: Repairing): Promise<boolean> | boolean {
  const { finding } = repairing;
  switch (finding.kind) {
    case "row-without-run":
      return removeRows(parts, finding);
    case "lease-stale":
      return giveBack(parts, finding);
    case "artifact-orphaned":
      return moveOrphan(parts, repairing);
    case "temp-leftover":
      return moveAway(join(parts.dir, "artifacts", tempFolder, basename(finding.subject)), repairing);
    case "database-damaged":
    case "sequence-gap":
    case "body-undecodable":
    case "artifact-missing":
    case "artifact-damaged":
      throw unrepairable(finding);
  }
}

function removeRows({ connection, writer }: AuditParts, { subject }: StoreFinding): Promise<boolean> {
  const [table = "", ...missing] = subject.split(" ");
  const owned = ownedTables.get(table);
  if (!owned) return Promise.resolve(false);
  // what is missing is told as a text, be it a number or an id
  const remove = connection.statement(
    `DELETE FROM ${table} WHERE CAST(${owned.by} AS TEXT) = ? AND ${owned.by} NOT IN (${owned.owners})`,
  );
  return writer.write(() => remove.run(missing.join(" ")).changes > 0);
}

function giveBack(parts: AuditParts, { subject }: StoreFinding): Promise<boolean> {
  const { connection, writer } = parts;
  const holder = connection.statement(
    `SELECT r.no AS run, h.* FROM runs r LEFT JOIN holders h ON h.id = r.holder
     WHERE r.run_id = ? AND r.holder IS NOT NULL`,
  );
  const free = connection.statement("UPDATE runs SET holder = NULL WHERE no = ?");
  return writer.write(() => {
    const row = holder.get(subject);
    if (!row || (row["pid"] !== null && isAlive(row, parts))) return false;
    return free.run(Number(row["run"])).changes > 0;
  });
}

async function moveOrphan(parts: AuditParts, repairing: Repairing): Promise<boolean> {
  const path = artifactPath(join(parts.dir, "artifacts"), repairing.finding.subject);
  const file = path && (await unlessMissing(stat(path)));
  // used again since it was found: every use touches the file
  if (!path || !file || isFresh(file)) return false;
  return moveAway(path, repairing);
}

async function moveAway(path: string, { finding, backup }: Repairing): Promise<boolean> {
  const name = finding.kind === "artifact-orphaned" ? finding.subject.replace(":", "-") : basename(path);
  return (await unlessMissing(rename(path, join(backup, name)).then(() => true))) ?? false;
}

function unrepairable({ kind, subject, fix }: StoreFinding): TuttiError {
  return new TuttiError("UNSUPPORTED", `Cannot repair ${kind} of "${subject}": it would need what is lost`, {
    fix,
  });
}
