import { describe } from "vitest";
import { createPsTable } from "./ps-table.ts";
import { createProcesses } from "./supervisor.ts";
import { describeProcessesContract } from "../testing/processes-contract.ts";

describe("the supervisor of this machine", () => {
  describeProcessesContract("the system's table", () => createProcesses());
  describeProcessesContract("the table by ps", () => createProcesses({ table: createPsTable() }));
});
