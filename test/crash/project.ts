import { spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * The programs that the steps of a crash test run. Every execution is one line in `log/executions`; one that begins
 * while another of the same step is still alive is one in `log/overlaps`.
 */
const scripts: Readonly<Record<string, string>> = {
  work: `#!/bin/bash
# work NAME SECONDS FILE… = VALUE…: writes out/NAME from other files of out/ and from values, and prints its sum
echo "work $TUTTI_STEP $TUTTI_ATTEMPT" >> log/executions
name=$1; seconds=$2; shift 2
if command -v flock > /dev/null; then
  exec 9> "log/lock.$name"
  flock --nonblock 9 || echo "$TUTTI_STEP" >> log/overlaps
fi
{ echo "$name"
  while [ "$1" != = ]; do cat "out/$1" || exit 1; shift; done
  echo "$@"
} > "out/$name.part" || exit 1
sleep "$seconds"
mv "out/$name.part" "out/$name" && cksum < "out/$name"
`,
  check: `#!/bin/bash
# check NAME: the file is there, whole
echo "gate $TUTTI_STEP $TUTTI_ATTEMPT" >> log/executions
[ "$(head -n 1 "out/$1")" = "$1" ]
`,
  unwork: `#!/bin/bash
# unwork NAME SECONDS: takes out/NAME away again
echo "work $TUTTI_STEP $TUTTI_ATTEMPT" >> log/executions
if command -v flock > /dev/null; then
  exec 9> "log/lock.un$1"
  flock --nonblock 9 || echo "$TUTTI_STEP" >> log/overlaps
fi
sleep "$2"
rm -f "out/$1"
`,
  "fail-at-first": `#!/bin/bash
[ "$TUTTI_ATTEMPT" -gt 1 ] || exit 75
`,
};

export interface Project {
  readonly folder: string;
  readonly home: string;
}

/** A git repository with a workflow (as JSON, which is YAML) and what its steps need. */
export function makeProject(files: Readonly<Record<string, object | string>>): Project {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "tutti-crash-")));
  for (const name of ["out", "log"]) mkdirSync(join(folder, name));
  for (const [name, text] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), 0o755);
  }
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(
      join(folder, name),
      typeof content === "string" ? content : JSON.stringify(content, null, 2),
    );
  }
  writeFileSync(join(folder, ".gitignore"), "log/\n");
  for (const name of ["executions", "overlaps"]) writeFileSync(join(folder, "log", name), "");
  git(folder, ["init", "--quiet"]);
  git(folder, ["add", "--all"]);
  git(folder, ["commit", "--quiet", "--message", "start"]);
  return { folder, home: join(folder, ".tutti") };
}

function git(cwd: string, args: readonly string[]): void {
  const who = ["-c", "user.name=crash", "-c", "user.email=crash@localhost", "-c", "commit.gpgsign=false"];
  const done = spawnSync("git", [...who, ...args], { cwd, encoding: "utf8" });
  if (done.status !== 0) throw new Error(`git ${args.join(" ")}: ${done.stderr}`);
}

/** Name and content of every file that the steps wrote. */
export function filesOf({ folder }: Project): Readonly<Record<string, string>> {
  const out = join(folder, "out");
  const names = readdirSync(out).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(out, name), "utf8")]));
}

/** How often each line stands in the execution log: `work ADDRESS ATTEMPT` or `gate ADDRESS ATTEMPT`. */
export function executionsOf({ folder }: Project): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const line of readFileSync(join(folder, "log", "executions"), "utf8").split("\n")) {
    if (line !== "") counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return counts;
}

/** Steps that were begun while an earlier execution of theirs was still alive. */
export function overlapsOf({ folder }: Project): readonly string[] {
  return readFileSync(join(folder, "log", "overlaps"), "utf8")
    .split("\n")
    .filter((line) => line !== "");
}
