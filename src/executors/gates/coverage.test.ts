import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createCoverageGate } from "./coverage.ts";
import { asText, type JsonObject } from "../../expression/json.ts";
import type { CoverageFormat, CoverageMinimum } from "../../language/gate.ts";
import type { GateSubject } from "../../core/gate-check.ts";
import { createTaskContext } from "../../testing/task-context.ts";
import { temporaryFolder } from "../../testing/testbed.ts";

interface Asked {
  readonly minimum?: CoverageMinimum;
  readonly format?: CoverageFormat;
  readonly subject?: GateSubject;
  readonly file?: string;
  readonly cwd?: string;
}

/** What the gate says of a report; `text` undefined: there is none. */
async function look(
  text: string | undefined,
  { minimum = { lines: 80 }, format, subject = {}, file = "report", cwd }: Asked = {},
): Promise<{ readonly ok: boolean; readonly summary: string; readonly evidence: JsonObject }> {
  const folder = cwd ?? temporaryFolder();
  if (text !== undefined) writeFileSync(join(folder, file), text);
  const { context } = createTaskContext({ cwd: folder });
  const check = { kind: "coverage", file, minimum, ...(format ? { format } : {}) } as const;
  const { ok, evidence = {} } = await createCoverageGate().check(check, { ...context, subject });
  return { ok, summary: asText(evidence["summary"]), evidence };
}

const lcov = `TN:
SF:src/a.ts
FN:1,one
FN:5,two
FNDA:3,one
FNDA:0,two
FNF:2
FNH:1
DA:1,3
DA:2,3
DA:3,0
DA:4,0
DA:5,1
BRDA:1,0,0,2
BRDA:1,0,1,-
BRF:2
BRH:1
LF:5
LH:3
end_of_record
SF:src/b.ts
DA:1,1
DA:9,0
LF:2
LH:1
end_of_record
`;

const cobertura = `<?xml version="1.0" ?>
<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">
<coverage line-rate="0.6" lines-covered="3" lines-valid="5" version="1"><!-- <class> -->
 <packages><package name="a &amp; b"><classes>
  <class name="A" filename="src/a.py" line-rate="0.6">
   <methods><method name="one" signature="()V"><lines><line number="1" hits="2"/></lines></method>
    <method name="two" signature="()V"><lines><line number="4" hits="0"/></lines></method></methods>
   <lines><line number="1" hits="2"/><line number="2" hits="2" branch="true" condition-coverage="50% (1/2)"/>
    <line number="3" hits="1"/><line number="4" hits="0"/><line number="5" hits='0'/></lines>
  </class>
 </classes></package></packages>
</coverage>`;

const istanbul = JSON.stringify({
  "/p/a.js": {
    path: "/p/a.js",
    statementMap: { 0: { start: { line: 1 } }, 1: { start: { line: 1 } }, 2: { start: { line: 3 } } },
    fnMap: {},
    branchMap: {},
    s: { 0: 0, 1: 2, 2: 0 },
    f: { 0: 1, 1: 0 },
    b: { 0: [1, 0], 1: [0, 0] },
  },
});

const summary = JSON.stringify({
  total: { lines: { total: 10, covered: 8, skipped: 0, pct: 80 } },
  "/p/a.js": {
    lines: { total: 10, covered: 8, skipped: 0, pct: 80 },
    branches: { total: 0, covered: 0, skipped: 0, pct: "Unknown" },
  },
});

describe("a coverage gate", () => {
  it("adds up what an lcov report measured, and names what was not run", async () => {
    const minimum = { lines: 80, branches: 50, functions: 50 };
    const { ok, evidence, summary: words } = await look(lcov, { minimum });
    expect(ok).toBe(false);
    expect(words).toBe("lines: 57.14 % (4 of 7), wanted 80 %");
    expect(evidence).toMatchObject({
      file: "report",
      hash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
      format: "lcov",
      files: 2,
      measured: {
        lines: { percent: 57.14, covered: 4, total: 7 },
        branches: { covered: 1, total: 2 },
        functions: { covered: 1, total: 2 },
      },
      output: "src/a.ts: 3 of 5 lines; not run: lines 3-4\nsrc/b.ts: 1 of 2 lines; not run: lines 9",
    });
  });

  it("holds when enough is covered, and says how much", async () => {
    const { ok, summary: words, evidence } = await look(lcov, { minimum: { lines: 57 } });
    expect({ ok, words }).toEqual({ ok: true, words: "lines: 57.14 % (4 of 7), wanted 57 %" });
    expect(evidence["output"]).toBeUndefined();
  });

  it("does not round up to the limit", async () => {
    const file = `SF:a\n${Array.from({ length: 10_000 }, (_, line) => `DA:${line + 1},${line < 7999 ? 1 : 0}`).join("\n")}\nend_of_record\n`;
    expect(await look(file)).toMatchObject({
      ok: false,
      summary: "lines: 79.99 % (7999 of 10000), wanted 80 %",
    });
  });

  it("takes a file that several tests tell of as one", async () => {
    const twice = "SF:a\nDA:1,0\nDA:2,1\nend_of_record\nSF:a\nDA:1,1\nDA:2,0\nend_of_record\n";
    expect(await look(twice, { minimum: { lines: 100 } })).toMatchObject({ ok: true });
  });

  it("takes the sums of an lcov report that lists no lines, and the functions of newer ones", async () => {
    const sums = "SF:a\nLF:10\nLH:9\nFNL:0,1,2\nFNA:0,4,one\nFNL:1,5\nFNA:1,0,two\nend_of_record\n";
    const { evidence } = await look(sums, { minimum: { lines: 90, functions: 50 } });
    expect(evidence["measured"]).toEqual({
      lines: { percent: 90, covered: 9, total: 10 },
      functions: { percent: 50, covered: 1, total: 2 },
    });
  });

  it("reads Cobertura: each line once, though its method has it too", async () => {
    const minimum = { lines: 61, branches: 50, functions: 50 };
    const { ok, evidence } = await look(cobertura, { minimum });
    expect(ok).toBe(false);
    expect(evidence).toMatchObject({
      format: "cobertura",
      measured: {
        lines: { covered: 3, total: 5 },
        branches: { covered: 1, total: 2 },
        functions: { covered: 1, total: 2 },
      },
      output: "src/a.py: 3 of 5 lines; not run: lines 4-5",
    });
  });

  it("does not believe the totals of a Cobertura report that has no classes", async () => {
    const totals =
      '<coverage line-rate="1.0" lines-covered="9" lines-valid="10" branches-covered="1" branches-valid="2"/>';
    const { ok, summary: words } = await look(totals, { minimum: { lines: 50 } });
    expect(ok).toBe(false);
    expect(words).toContain("it has no <class> with the lines that were run");
  });

  it("reads the details of Istanbul: a line was run when any statement on it was", async () => {
    const minimum = { lines: 51, statements: 33, branches: 25, functions: 50 };
    const { evidence, summary: words } = await look(istanbul, { minimum });
    expect(words).toBe("lines: 50 % (1 of 2), wanted 51 %");
    expect(evidence).toMatchObject({
      format: "istanbul",
      measured: {
        lines: { covered: 1, total: 2 },
        statements: { covered: 1, total: 3 },
        branches: { covered: 1, total: 4 },
        functions: { covered: 1, total: 2 },
      },
      output: "/p/a.js: 1 of 2 lines; not run: lines 3",
    });
  });

  it("reads a summary of Istanbul, its total not counted twice", async () => {
    expect((await look(summary)).evidence["measured"]).toEqual({
      lines: { percent: 80, covered: 8, total: 10 },
    });
    expect((await look('{"total": {"lines": {"total": 4, "covered": 4}}}')).ok).toBe(true);
  });

  it.each([
    ["there is none", undefined, /there is no file "report"/],
    ["it is empty", " \n", /it is empty/],
    ["it is something else", "hello", /neither lcov nor Cobertura XML nor JSON/],
    ["it measures no line", "TN:\nSF:a\nend_of_record\n", /measures no lines/],
    ["it names no file", "{}", /measures no lines \(istanbul, 0 files\)/],
    ["it is cut off (lcov)", lcov.slice(0, -30), /ends in the middle/],
    ["it is cut off (Cobertura)", cobertura.slice(0, -30), /ends in the middle|not well-formed/],
    ["it is cut off (JSON)", istanbul.slice(0, -3), /cannot be read as coverage/],
    ["a count is no number", "SF:a\nDA:1,x\nend_of_record\n", /line 2 cannot be read: DA:1,x/],
    ["a count is no number (JSON)", '{"a": {"lines": {"total": 1, "covered": "NaN"}}}', /are no counts/],
    ["more is covered than there is", '{"a": {"lines": {"total": 1, "covered": 5}}}', /are no counts/],
    ["what it says of a file is nothing", '{"a": 5}', /is no object/],
    [
      "a line of XML has no number",
      '<coverage><class filename="a"><line hits="1"/></class></coverage>',
      /no number/,
    ],
    ["it is another kind of XML", "<html/>", /not <coverage>/],
    ["its XML is torn", "<coverage><a></b></coverage>", /ends what is not open/],
  ])("does not hold when %s", async (_, text, words) => {
    const { ok, summary: said } = await look(text);
    expect(ok).toBe(false);
    expect(said).toMatch(words);
  });

  it("does not hold for what the report does not measure", async () => {
    expect(await look(summary, { minimum: { lines: 80, branches: 10 } })).toMatchObject({
      ok: false,
      summary: expect.stringMatching(/^the report measures no branches/) as string,
    });
  });

  it("does not hold by a report that is older than the attempt", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "report"), lcov);
    utimesSync(join(cwd, "report"), 1000, 1000);
    const asked = { cwd, minimum: { lines: 1 } };
    expect(await look(undefined, { ...asked, subject: { since: 1_000_000 } })).toMatchObject({ ok: true });
    const { ok, summary: words } = await look(undefined, { ...asked, subject: { since: 1_005_000 } });
    expect(ok).toBe(false);
    expect(words).toMatch(/written 5 seconds before this attempt began; let the step/);
  });

  it("reads nothing outside the working directory", async () => {
    const outside = temporaryFolder();
    writeFileSync(join(outside, "lcov.info"), lcov);
    const cwd = temporaryFolder();
    symlinkSync(outside, join(cwd, "link"));
    mkdirSync(join(cwd, "folder"));
    const said = async (file: string) => (await look(undefined, { cwd, file })).summary;
    expect(await said("link/lcov.info")).toContain("lies outside the working directory");
    expect(await said(join(outside, "lcov.info"))).toContain("coverage cannot be read");
    expect(await said("folder")).toContain('"folder" is no file');
  });

  it("can be told how the report is written", async () => {
    expect(await look(lcov, { format: "istanbul" })).toMatchObject({ ok: false });
    expect(await look(`# made by hand\n${lcov}`, { format: "lcov", minimum: { lines: 1 } })).toMatchObject({
      ok: true,
    });
  });
});
