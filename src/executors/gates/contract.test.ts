import { createCoverageGate } from "./coverage.ts";
import { createFilesGate } from "./files.ts";
import { createSchemaGate } from "./schema.ts";
import { createSecretsGate } from "./secrets.ts";
import { describeGateCheckerContract } from "../../testing/gate-checker-contract.ts";

/** All of them were created. */
const created = (names: readonly string[]) => ({
  filesBefore: Object.fromEntries(names.map((name) => [name, ""])),
});

describeGateCheckerContract("coverage", {
  checker: createCoverageGate(),
  check: { kind: "coverage", file: "lcov.info", minimum: { lines: 50 } },
  good: { "lcov.info": "SF:a\nDA:1,1\nend_of_record\n" },
  bad: { "lcov.info": "SF:a\nDA:1,0\nend_of_record\n" },
});

describeGateCheckerContract("files", {
  checker: createFilesGate(),
  check: { kind: "files", created: 1 },
  good: { a: "1" },
  bad: { a: "1", b: "1" },
  subject: created,
});

describeGateCheckerContract("secrets", {
  checker: createSecretsGate(),
  check: { kind: "secrets", in: "changed", allow: [] },
  good: { a: "fine" },
  bad: { a: 'password = "k3Wq9zLr7Tx2VbQ8"' },
  subject: created,
});

describeGateCheckerContract("schema", {
  checker: createSchemaGate(),
  check: { kind: "schema", of: { file: "a.json" }, is: { schema: { type: "object" } } },
  good: { "a.json": "{}" },
  bad: { "a.json": "[]" },
});
