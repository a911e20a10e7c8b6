import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, onTestFinished } from "vitest";
import { artifactStoreContract } from "../../testing/artifact-store-contract.ts";
import { breakerStoreContract } from "../../testing/breaker-store-contract.ts";
import { dayLedgerContract } from "../../testing/day-ledger-contract.ts";
import { decisionStoreContract } from "../../testing/decision-store-contract.ts";
import { historyContract } from "../../testing/history-contract.ts";
import { resultCacheContract } from "../../testing/result-cache-contract.ts";
import { runStoreContract } from "../../testing/run-store-contract.ts";
import { streamStoreContract } from "../../testing/stream-store-contract.ts";
import type { StoreProcess } from "../../testing/run-store-harness.ts";
import { startProgram, temporaryFolder, tinyDisk } from "../../testing/testbed.ts";
import { createFakeClock, type FakeClock } from "../memory/fake-clock.ts";
import { artifactPath, createArtifactStore, tempFolder } from "./artifacts.ts";
import { openConnection, type Connection } from "./connection.ts";
import { identify } from "./process-identity.ts";
import { migrate } from "./schema.ts";
import { assembleSqliteStore, openSqliteStore } from "./store.ts";

const ttlMs = 15_000;

describe("the sqlite run store", () => {
  runStoreContract(async () => {
    const dir = temporaryFolder();
    const clock = createFakeClock();
    return { open: () => openProcess(dir, clock) };
  });
});

/** A store whose leases belong to a process that can really be killed. */
async function openProcess(dir: string, clock: FakeClock): Promise<StoreProcess> {
  const standIn = startProgram(`console.log("started"); setInterval(() => {}, 1000)`);
  await standIn.line("started");
  const identity = identify(standIn.pid);
  const connection = openConnection({ file: join(dir, "tutti.db"), busyMs: 100 });
  migrate(connection);
  const store = assembleSqliteStore(connection, { dir, clock, identity, leaseTtlMs: ttlMs, pollMs: 10 });
  onTestFinished(() => store.close());
  return {
    store: store.runs,
    kill: () => standIn.kill(),
    stall: async () => clock.advance(ttlMs + 1),
    fillDisk: async () => fillDatabase(connection),
  };
}

describe("the sqlite stream store", () => {
  streamStoreContract(async () => {
    const dir = temporaryFolder();
    const clock = createFakeClock();
    return {
      open: async () => {
        const connection = openConnection({ file: join(dir, "tutti.db"), busyMs: 100 });
        migrate(connection);
        const store = assembleSqliteStore(connection, { dir, clock });
        onTestFinished(() => store.close());
        return {
          store: store.streams,
          // a stream has no lease: who opens it does not ask whether the one before lives
          kill: () => {},
          fillDisk: () => fillDatabase(connection),
        };
      },
    };
  });
});

function fillDatabase(connection: Connection): void {
  const pages = Number(connection.statement("PRAGMA page_count").get()?.["page_count"]);
  connection.exec(`PRAGMA max_page_count = ${pages}`);
}

describe("the artifact store in files", () => {
  artifactStoreContract(async () => {
    const tiny = tinyDisk(3);
    const dir = join(tiny?.folder ?? temporaryFolder(), "artifacts");
    return {
      store: createArtifactStore({ dir }),
      reopen: async () => createArtifactStore({ dir }),
      damage: async (id) => {
        const path = artifactPath(dir, id) ?? dir;
        const bytes = readFileSync(path);
        bytes[0] = (bytes[0] ?? 0) ^ 1;
        writeFileSync(path, bytes);
      },
      leftovers: async () => readdirSync(join(dir, tempFolder)),
      // the disk is smaller than what the contract then stores
      ...(tiny ? { fillDisk: async () => {} } : {}),
    };
  });
});

describe("the sqlite result cache", () => {
  resultCacheContract(async () => (await openStore()).cache);
});

describe("the sqlite breaker store", () => {
  breakerStoreContract(async () => {
    const dir = temporaryFolder();
    return { store: (await openStore(dir)).breakers, other: (await openStore(dir)).breakers };
  });
});

describe("the sqlite history", () => {
  historyContract(async () => (await openStore()).history);
});

describe("the sqlite decision store", () => {
  decisionStoreContract(async () => (await openStore()).decisions);
});

describe("the sqlite day ledger", () => {
  dayLedgerContract(async () => {
    const dir = temporaryFolder();
    const other = await openStore(dir);
    const { days: ledger, runs } = await openStore(dir);
    return { ledger, runs, other: other.days, endOther: () => other.close() };
  });
});

async function openStore(dir = temporaryFolder()) {
  const store = await openSqliteStore({ dir, clock: createFakeClock() });
  onTestFinished(() => store.close());
  return store;
}
