import { describe } from "vitest";
import { artifactStoreContract } from "../../testing/artifact-store-contract.ts";
import { breakerStoreContract } from "../../testing/breaker-store-contract.ts";
import { clockContract } from "../../testing/clock-contract.ts";
import { dayLedgerContract } from "../../testing/day-ledger-contract.ts";
import { decisionStoreContract } from "../../testing/decision-store-contract.ts";
import { historyContract } from "../../testing/history-contract.ts";
import { resultCacheContract } from "../../testing/result-cache-contract.ts";
import { runStoreContract } from "../../testing/run-store-contract.ts";
import { streamStoreContract } from "../../testing/stream-store-contract.ts";
import { createFakeClock } from "./fake-clock.ts";
import { createMemoryDisk } from "./disk.ts";
import { createMemoryStore } from "./store.ts";

describe("the memory run store", () => {
  runStoreContract(async () => {
    const disk = createMemoryDisk();
    const clock = createFakeClock();
    return {
      open: async () => {
        let isFull = false;
        const store = createMemoryStore({
          clock,
          disk,
          faults: { onAppend: () => (isFull ? "disk-full" : undefined) },
        });
        return {
          store: store.runs,
          kill: async () => store.kill(),
          stall: async () => store.lapse(),
          fillDisk: async () => void (isFull = true),
        };
      },
    };
  });
});

describe("the memory stream store", () => {
  streamStoreContract(async () => {
    const disk = createMemoryDisk();
    const clock = createFakeClock();
    return {
      open: async () => {
        let isFull = false;
        const faults = { onChange: () => (isFull ? ("disk-full" as const) : undefined) };
        const store = createMemoryStore({ clock, disk, faults });
        return { store: store.streams, kill: () => store.kill(), fillDisk: () => void (isFull = true) };
      },
    };
  });
});

describe("the memory artifact store", () => {
  artifactStoreContract(async () => {
    let isFull = false;
    const clock = createFakeClock();
    const store = createMemoryStore({
      clock,
      faults: { onArtifact: () => (isFull ? "disk-full" : undefined) },
    });
    return {
      store: store.artifacts,
      reopen: async () => store.restart().artifacts,
      damage: async (id) => void store.disk.artifacts.get(id)?.fill(0),
      fillDisk: async () => void (isFull = true),
      leftovers: async () => [],
    };
  });
});

describe("the memory result cache", () => {
  resultCacheContract(async () => createMemoryStore({ clock: createFakeClock() }).cache);
});

describe("the memory breaker store", () => {
  breakerStoreContract(async () => {
    const clock = createFakeClock();
    const disk = createMemoryDisk();
    const open = async () => createMemoryStore({ clock, disk }).breakers;
    return { store: await open(), other: await open() };
  });
});

describe("the memory history", () => {
  historyContract(async () => createMemoryStore({ clock: createFakeClock() }).history);
});

describe("the memory decision store", () => {
  decisionStoreContract(async () => createMemoryStore({ clock: createFakeClock() }).decisions);
});

describe("the memory day ledger", () => {
  dayLedgerContract(async () => {
    const clock = createFakeClock();
    const { days: ledger, runs, disk } = createMemoryStore({ clock });
    const other = createMemoryStore({ clock, disk });
    return { ledger, runs, other: other.days, endOther: async () => other.kill() };
  });
});

describe("the fake clock", () => {
  clockContract(() => {
    const clock = createFakeClock();
    return { clock, advance: async (byMs) => clock.advance(byMs) };
  });
});
