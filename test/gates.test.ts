import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openTutti } from "../src/engine.ts";
import { asText } from "../src/expression/json.ts";

/** A folder, with a git repository in which all is committed or with none; the run's working directory. */
function folderWith(files: Readonly<Record<string, string>>, { git }: { readonly git: boolean }): string {
  const cwd = mkdtempSync(join(tmpdir(), "tutti-gates-"));
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(cwd, path, ".."), { recursive: true });
    writeFileSync(join(cwd, path), text);
  }
  const commit = "git init -q && git add -A && git -c user.name=t -c user.email=t@t commit -qm all";
  if (git && spawnSync("sh", ["-c", commit], { cwd }).status !== 0) throw new Error("git does not work");
  return cwd;
}

/** What each gate of the step found, attempt by attempt. */
async function gatesOf(cwd: string, text: string, step = "work"): Promise<readonly string[]> {
  const tutti = await openTutti({ cwd, state: "memory" });
  try {
    const handle = await tutti.start(await tutti.load({ kind: "text", text, origin: "gates.yaml" }));
    await handle.done;
    const { nodes } = await tutti.show(handle.id);
    const node = nodes.find(({ address }) => address === step);
    return (node?.gates ?? []).map(
      ({ attempt, name, passed, evidence }) =>
        `${attempt} ${name} ${passed ? "held" : "did not hold"}: ${asText(evidence["summary"])}`,
    );
  } finally {
    await tutti.close();
  }
}

/** Apart from the rest, so that no scanner takes this file for a leak. */
const prefix = "npm";

const places = [
  ["in a git repository", { git: true }],
  ["in a plain folder", { git: false }],
] as const;

describe.each(places)("gates that look at files, %s", (_, where) => {
  it("count what all attempts of a shell step made of the folder, and forget what was undone", async () => {
    const cwd = folderWith({ "src/old.ts": "1", "src/kept.ts": "1", "a b.txt": "1" }, where);
    const found = await gatesOf(
      cwd,
      `
chain:
  - name: work
    run: |
      if [ -z "$TUTTI_FEEDBACK" ]; then
        for n in 1 2 3; do echo $n > src/new$n.ts; done
        echo 2 > src/old.ts; rm 'a b.txt'
      else
        rm src/new2.ts; printf 1 > src/old.ts
      fi
    gates:
      - files: {changed: 3, created: 2, allow: ["src/**", "*.txt"]}
        retry: 1
`,
    );
    expect(found).toEqual([
      "1 files did not hold: 5 files changed, at most 3 allowed; 3 files created, at most 2 allowed (5 files changed, 3 of them created)",
      "2 files held: 3 files changed, 2 of them created",
    ]);
  });

  it("look for secrets in what was changed only, committed or not", async () => {
    const secret = `${prefix}_Zk3Qw9Lr7Tx2Vb8Nc5Md1Hf6Jg4Sp0Ay3Ue7`;
    const cwd = folderWith({ "old.txt": secret }, where);
    const commit = where.git
      ? "git add new.txt && git -c user.name=t -c user.email=t@t commit -qm x"
      : "true";
    const found = await gatesOf(
      cwd,
      `
chain:
  - name: work
    run: printf '%s' '${secret}' > new.txt && ${commit}
    gates:
      - {secrets: {}, level: advisory}
      - {secrets: {in: "*.txt", allow: ^npm_Zk3}, name: excused}
`,
    );
    expect(found).toEqual([
      "1 secrets did not hold: 1 place looks like a secret in 1 file of 40 bytes: new.txt:1",
      "1 excused held: nothing that looks like a secret in 2 files of 80 bytes",
    ]);
  });
});

describe("gates that look at reports", () => {
  it("let a report be made by the gate before, but not by an earlier attempt", async () => {
    const cwd = folderWith({ "out.json": '{"n": 1}' }, { git: false });
    const found = await gatesOf(
      cwd,
      String.raw`
chain:
  - name: work
    run: "true"
    gates:
      - run: "[ $TUTTI_ATTEMPT = 2 ] || printf 'SF:a\nDA:1,1\nend_of_record\n' > lcov.info"
        name: tests
      - coverage: {file: lcov.info, lines: 100}
      - run: sleep 0.1
      - {schema: {file: out.json, is: {required: [m]}}, retry: 1}
`,
    );
    expect(found.map((line) => line.replace(/written .*/, "…"))).toEqual([
      "1 tests held: ",
      "1 coverage of lcov.info held: lines: 100 % (1 of 1), wanted 100 %",
      "1 sleep 0.1 held: ",
      expect.stringMatching(
        /^1 schema of out.json did not hold: it does not have the declared shape/,
      ) as string,
      "2 tests held: ",
      "2 coverage of lcov.info did not hold: the coverage is of an earlier time: the report was …",
    ]);
  });

  it("are gates of the whole run as well", async () => {
    const cwd = folderWith({}, { git: false });
    const text = String.raw`
chain: [{name: work, run: "printf 'SF:a\nDA:1,1\nend_of_record\n' > lcov.info"}]
gates: [{coverage: {file: lcov.info, lines: 100}}, {secrets: {in: "**"}}]
`;
    expect(await gatesOf(cwd, text, "gates")).toEqual([
      "0 coverage of lcov.info held: lines: 100 % (1 of 1), wanted 100 %",
      "0 secrets held: nothing that looks like a secret in 1 file of 26 bytes",
    ]);
  });
});
