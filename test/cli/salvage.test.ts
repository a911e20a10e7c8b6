import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { chainOf, Project } from "./tutti.ts";

it("tutti audit --repair saves the runs of a damaged database, says what is lost, and they go on", async () => {
  const project = new Project({ "flow.json": chainOf("echo one", "test -e go") });
  for (let run = 0; run < 2; run += 1)
    expect((await project.call(["run", "flow.json"])).stdout).toContain("failed");
  const file = project.path(".tutti/tutti.db");
  const bytes = readFileSync(file);
  writeFileSync(file, Buffer.concat([Buffer.alloc(4096, 0xa5), bytes.subarray(4096)]));

  const refused = await project.call(["runs"]);
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain("save what can be read of it with: tutti audit --repair");

  const repaired = await project.call(["audit", "--repair"]);
  expect(repaired).toMatchObject({ status: 0, stderr: "" });
  expect(repaired.stdout).toMatch(
    /^salvaged a damaged database \(.*it does not begin as a database does\)$/m,
  );
  expect(repaired.stdout).toContain("  kept: 2 whole runs\n  lost: nothing that is known\n");
  const [, backup = ""] = /the database as it was: (.+)\n/.exec(repaired.stdout) ?? [];
  expect(readFileSync(`${backup}/tutti.db.damaged`).subarray(4096)).toEqual(bytes.subarray(4096));
  expect(await project.call(["audit"])).toMatchObject({
    status: 0,
    stdout: "checked 2 runs: everything is sound\n",
  });

  project.write({ go: "" });
  const resumed = await project.call(["resume", "@last"]);
  expect(resumed.status).toBe(0);
  expect(resumed.stdout).toContain("1 reused");
});

it("tutti audit --repair cuts a run where its log cannot be read, with status 1", async () => {
  const project = new Project({ "flow.json": chainOf(`echo ${"x".repeat(3000)}`, "echo end-of-it") });
  await project.call(["run", "flow.json"]);
  const file = project.path(".tutti/tutti.db");
  const bytes = readFileSync(file);
  const at = bytes.indexOf('"stdout":"end-of-it');
  expect(at).toBeGreaterThan(0);
  bytes.fill(0, at, at + 16);
  writeFileSync(file, bytes);
  expect((await project.call(["audit"])).stdout).toContain("tutti audit --repair");
  const { status, values } = await project.json(["audit", "--repair"]);
  expect(status).toBe(1);
  expect(values).toMatchObject([{ runs: 1, findings: [], salvaged: { runs: 1, lost: [], cut: [{}] } }]);
  expect((await project.call(["audit"])).status).toBe(0);
  expect((await project.call(["resume", "@last"])).status).toBe(0);
});
