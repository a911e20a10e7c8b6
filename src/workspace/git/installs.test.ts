import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { watch } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { signal, treeEnv, type TreeScene, treeScene } from "../../../test/tree-scene.ts";
import type { TreeSetup } from "../../language/workspace.ts";
import { startProgram } from "../../testing/testbed.ts";
import { createProcesses } from "../../processes/supervisor.ts";
import { scratchFolder } from "../../testing/git-project.ts";
import { tryLock } from "../../files/file-lock.ts";
import { trimInstalls } from "./installs.ts";
import { makeReady } from "./ready.ts";

const installing = (line: string, keep = ["node_modules"]): TreeSetup => ({
  install: { line, key: ["lock"], keep },
});
const modules =
  "echo ran >> ran; mkdir -p node_modules/.bin node_modules/a; echo a > node_modules/a/x; chmod 755 node_modules/a/x; ln -sf ../a/x node_modules/.bin/a";
const ignoring = { ".gitignore": "node_modules/\n/ran\n", lock: "1\n" };

it("takes what an earlier tree has installed, as files of its own", async () => {
  const made = treeScene(ignoring);
  await made.ready(installing(modules));
  await made.ready(installing(modules), { lane: "b" });
  expect([made.isIn("ran"), made.isIn("ran", "b")]).toEqual([true, false]);
  const at = (lane: string, name: string) => join(made.files(lane).dir, "node_modules", name);
  expect(lstatSync(at("b", "a/x")).mode & 0o777).toBe(0o755);
  expect(lstatSync(at("b", "a/x")).mtimeMs).toBeCloseTo(lstatSync(at("", "a/x")).mtimeMs, 1);
  expect(readlinkSync(at("b", ".bin/a"))).toBe("../a/x");
  writeFileSync(at("b", "a/x"), "changed\n");
  await made.ready(installing(modules), { lane: "c" });
  expect([readFileSync(at("c", "a/x"), "utf8"), readFileSync(at("", "a/x"), "utf8")]).toEqual(["a\n", "a\n"]);
  expect(made.said.at(-1)).toBe("installed: node_modules from an earlier tree with the same key");
});

it("keeps an install also when the project is at another commit than the tree", async () => {
  const made = treeScene(ignoring);
  const commit = made.git("rev-parse", "HEAD");
  made.commit("later", { "later.txt": "", lock: "2\n" });
  await made.ready(installing(modules), { commit });
  await made.ready(installing(modules), { commit, lane: "b" });
  expect([made.isIn("ran"), made.isIn("ran", "b")]).toEqual([true, false]);
});

it("installs again when a file of the key, the line or the environment is another", async () => {
  const made = treeScene(ignoring);
  await made.ready({ ...installing(modules), env: { NODE_ENV: "test" } }, { lane: "d" });
  await made.ready(installing(modules));
  await made.ready(installing(`${modules};`), { lane: "b" });
  made.commit("new", { lock: "2\n" });
  await made.ready(installing(modules), { lane: "c" });
  for (const lane of ["", "b", "c", "d"]) expect(made.isIn("ran", lane)).toBe(true);
});

/** Makes the tree of a lane ready in a process of its own. */
function installProgram(
  made: TreeScene,
  { lane, line }: { readonly lane: string; readonly line: string },
): string {
  const href = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  return `
    import { createProcesses } from ${href("../../processes/supervisor.ts")};
    import { findRepository } from ${href("repository.ts")};
    import { filesOf } from ${href("refs.ts")};
    import { makeTree } from ${href("worktree.ts")};
    import { makeReady } from ${href("ready.ts")};
    const signal = new AbortController().signal;
    const env = ${JSON.stringify(treeEnv)};
    const stateDir = ${JSON.stringify(made.parts.stateDir)};
    const place = { runId: "r1", lane: ${JSON.stringify(lane)} };
    const files = filesOf(stateDir + "/worktrees", place);
    const repository = await findRepository({ projectDir: ${JSON.stringify(made.dir)}, env }, signal);
    const commit = ${JSON.stringify(made.git("rev-parse", "HEAD"))};
    await makeTree(repository, { dir: files.dir, commit }, signal);
    const shell = (line) => ({ file: "/bin/sh", args: ["-c", line] });
    const setup = ${JSON.stringify(installing(line))};
    console.log("goes");
    const request = { repository, place, files, setup, print() {} };
    await makeReady({ stateDir, env, shell, processes: createProcesses() }, request, signal);
    console.log("ready");
  `;
}

async function untilThere(folder: string, name: string): Promise<void> {
  const stop = new AbortController();
  const seen = watch(folder, { signal: stop.signal });
  if (!existsSync(join(folder, name))) for await (const { filename } of seen) if (filename === name) break;
  stop.abort();
}

it("trees at once install once, in several processes too", async () => {
  const made = treeScene(ignoring);
  const line = `${modules}; echo once >> "${made.dir}/count"; sleep 0.3`;
  const others = ["x", "y"].map((lane) => startProgram(installProgram(made, { lane, line })));
  const own = ["a", "b"].map((lane) => made.ready(installing(line), { lane }));
  await Promise.all([...own, ...others.map((other) => other.line("ready"))]);
  expect(readFileSync(join(made.dir, "count"), "utf8")).toBe("once\n");
  expect(made.said).toContain("waits: another tree installs the same");
  for (const lane of ["a", "b", "x", "y"]) expect(made.isIn("node_modules/a/x", lane)).toBe(true);
});

it("never uses what was stored in part", async () => {
  const made = treeScene(ignoring);
  await made.ready(installing(modules));
  const installs = join(made.parts.stateDir, "cache", "installs");
  const name = readdirSync(installs).find((each) => !each.startsWith("lock-")) ?? "";
  renameSync(join(installs, name), join(installs, `${name}.part`));
  rmSync(join(installs, `${name}.part`, "0", "a"), { recursive: true });
  await made.ready(installing(modules), { lane: "b" });
  expect(made.isIn("node_modules/a/x", "b") && made.isIn("ran", "b")).toBe(true);
  expect(existsSync(join(installs, `${name}.part`))).toBe(false);
});

it.each([
  [
    "changes what git does not ignore",
    `${modules}; echo 2 > lock`,
    "not kept for other trees: the install changed lock, which",
  ],
  [
    "makes no such folder",
    "echo ran >> ran",
    "not kept for other trees: node_modules is not there after the install",
  ],
  [
    "makes a file in its place",
    "echo ran >> ran; echo > node_modules",
    "not kept for other trees: the install changed node_modules",
  ],
  [
    "makes a virtual environment",
    `${modules}; touch node_modules/pyvenv.cfg`,
    "not kept for other trees: node_modules is a virtual",
  ],
])("keeps nothing of an install that %s", async (_, line, word) => {
  const made = treeScene(ignoring);
  await made.ready(installing(line));
  await made.ready(installing(line), { lane: "b" });
  expect(made.isIn("ran", "b")).toBe(true);
  expect(made.said.some((said) => said.startsWith(word))).toBe(true);
});

it.each(["lib", "../other", ".", "/etc", "link/node_modules"])("keeps no folder such as %j", async (keep) => {
  const made = treeScene({ ...ignoring, "lib/tracked": "", link: { link: "/tmp" } });
  await made.ready(installing(modules, [keep]));
  await made.ready(installing(modules, [keep]), { lane: "b" });
  expect(made.isIn("ran", "b")).toBe(true);
  expect(made.said.join("\n")).toContain(`${keep} is not kept for other trees`);
});

it("an install that fails says what it printed last, and is done again the next time", async () => {
  const made = treeScene(ignoring);
  const line = `${modules}; echo "no such package" >&2; exit 3`;
  await expect(made.ready(installing(line))).rejects.toMatchObject({
    code: "WORKSPACE_NOT_READY",
    message: `Cannot make the working tree "${made.files("").dir}" ready: the install "${line}" ended with exit status 3:\nno such package`,
    fix: expect.stringContaining("go on with tutti resume") as string,
  });
  await expect(made.ready(installing(line))).rejects.toMatchObject({ code: "WORKSPACE_NOT_READY" });
  expect(made.textIn("ran")).toBe("ran\nran\n");
});

it("an install that hangs is stopped after its time", async () => {
  const made = treeScene(ignoring);
  const setup = { install: { line: "echo begins; sleep 600", key: [], keep: [], timeoutMs: 300 } };
  await expect(made.ready(setup)).rejects.toMatchObject({
    message: expect.stringContaining("did not end within 0.3 s:\nbegins") as string,
    fix: expect.stringContaining("install: {timeout: 1h}") as string,
  });
});

it("an install that is killed, or cannot be started, is told", async () => {
  const made = treeScene(ignoring);
  await expect(made.ready(installing("kill -9 $$"))).rejects.toThrow('"kill -9 $$" was killed by SIGKILL');
  const parts = { ...made.parts, shell: () => ({ file: "/no/shell", args: [] }) };
  const repository = await made.repository();
  const request = { repository, place: { runId: "r1", lane: "" }, files: made.files(""), print: () => {} };
  await expect(makeReady(parts, { ...request, setup: installing("x") }, signal)).rejects.toThrow(
    "could not be started",
  );
});

it("stops when it is told to, and is done the next time", async () => {
  const made = treeScene(ignoring);
  const stop = new AbortController();
  const line = `${modules}; test -e "${made.dir}/go" || { touch "${made.dir}/go"; sleep 600; }`;
  const first = made.ready(installing(line), { signal: stop.signal });
  await untilThere(made.dir, "go");
  stop.abort(new RangeError("enough"));
  await expect(first).rejects.toThrow("enough");
  await made.ready(installing(line));
  expect(made.isIn("node_modules/a/x")).toBe(true);
});

it("keeps so many installs, those used last, and none that nobody used for a month", async () => {
  const stateDir = scratchFolder();
  const folder = join(stateDir, "cache", "installs");
  const now = Date.now();
  const dayMs = 86_400_000;
  const store = (name: string, days: number): void => {
    mkdirSync(join(folder, name, "0"), { recursive: true });
    utimesSync(join(folder, name), now / 1000, (now - days * dayMs) / 1000);
  };
  for (let each = 0; each < 10; each += 1) store(`${each}a`, each);
  store("aold", 31);
  store("b.part", 0);
  store("c.gone", 0);
  store("9used", 9.5);
  const using = tryLock(join(folder, "lock-9"), "shared");
  expect(await trimInstalls(stateDir, { now })).toBe(2);
  const names = readdirSync(folder).filter((name) => !name.startsWith("lock-"));
  expect(names.sort()).toEqual(["0a", "1a", "2a", "3a", "4a", "5a", "6a", "7a", "9a", "9used"]);
  using?.();
  expect(await trimInstalls(stateDir, { now })).toBe(2);
  expect(await trimInstalls(stateDir, { now: now + 40 * dayMs })).toBe(8);
  expect(await trimInstalls(join(stateDir, "none"), { now })).toBe(0);
});

it("an install whose tutti was killed keeps nobody waiting, and is done again", async () => {
  const made = treeScene(ignoring);
  const line = `${modules}; test -e "${made.dir}/go" || { touch "${made.dir}/go"; sleep 600; }`;
  const program = startProgram(installProgram(made, { lane: "x", line }));
  await program.line("goes");
  await untilThere(made.dir, "go");
  await program.kill();
  // As a resume does before anything else.
  await createProcesses().killMarked("TUTTI_RUN", "r1", { graceMs: 0 });
  await made.ready(installing(line), { lane: "x" });
  expect(made.isIn("node_modules/a/x", "x")).toBe(true);
});
