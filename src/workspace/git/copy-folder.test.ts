import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { array, assert, asyncProperty, dictionary, oneof, record, string } from "fast-check";
import { expect, it } from "vitest";
import { scratchFolder } from "../../testing/git-project.ts";
import { type Files, photograph, writeFiles } from "../../testing/scratch-repository.ts";
import { copyFolder, copyOne, removeFolder } from "./copy-folder.ts";

const signal = new AbortController().signal;

const part = string({ minLength: 1, maxLength: 6, unit: "grapheme" }).filter(
  (name) => !/[/\0]|^\.{1,2}$/.test(name),
);
const name = array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
const content = oneof(
  string({ unit: "binary" }),
  record({ link: string({ minLength: 1 }).filter((text) => !text.includes("\0")) }),
  record({ program: string() }),
);

/** Those of the files that can lie beside each other: none is a folder of another. */
function sideBySide(files: Readonly<Record<string, Files[string]>>): Files {
  const names = Object.keys(files);
  const isFolder = (one: string) => names.some((other) => other.startsWith(`${one}/`));
  return Object.fromEntries(Object.entries(files).filter(([one]) => !isFolder(one)));
}

it("a copy is what was copied: names, kinds, modes, bytes", async () => {
  await assert(
    asyncProperty(dictionary(name, content, { maxKeys: 12 }), async (files) => {
      const folder = scratchFolder();
      writeFiles(join(folder, "from"), sideBySide(files));
      mkdirSync(join(folder, "from", "empty"), { recursive: true });
      await copyFolder(join(folder, "from"), join(folder, "to"), { signal });
      expect(photograph(join(folder, "to"))).toEqual(photograph(join(folder, "from")));
      expect(existsSync(join(folder, "to", "empty"))).toBe(true);
    }),
    { numRuns: 40 },
  );
});

it("keeps times and modes, of folders too, and shares no file", async () => {
  const folder = scratchFolder();
  writeFiles(folder, { "from/deep/x": "x\n" });
  utimesSync(join(folder, "from/deep/x"), 1000, 2000);
  utimesSync(join(folder, "from/deep"), 1000, 3000);
  chmodSync(join(folder, "from/deep"), 0o750);
  await copyFolder(join(folder, "from"), join(folder, "to"), { signal });
  expect(statSync(join(folder, "to/deep/x")).mtimeMs).toBe(2_000_000);
  expect(statSync(join(folder, "to/deep")).mtimeMs).toBe(3_000_000);
  expect(statSync(join(folder, "to/deep")).mode & 0o777).toBe(0o750);
  expect(statSync(join(folder, "to/deep/x")).ino).not.toBe(statSync(join(folder, "from/deep/x")).ino);
});

it("leaves out what is neither file, folder nor link", async () => {
  const folder = scratchFolder();
  writeFiles(folder, { "from/x": "" });
  execFileSync("mkfifo", [join(folder, "from/pipe")]);
  await copyFolder(join(folder, "from"), join(folder, "to"), { signal });
  expect(Object.keys(photograph(join(folder, "to")))).toEqual(["x"]);
});

it("a file that is copied replaces a link, not what that leads to", async () => {
  const folder = scratchFolder();
  writeFiles(folder, { from: "new\n", other: "old\n", to: { link: "other" } });
  await copyOne(join(folder, "from"), join(folder, "to"));
  expect(photograph(folder)).toMatchObject({ other: "644 old\n", to: "644 new\n" });
});

it("stops when it is told to", async () => {
  const folder = scratchFolder();
  writeFiles(folder, { "from/x": "" });
  const stop = AbortSignal.abort(new RangeError("enough"));
  await expect(copyFolder(join(folder, "from"), join(folder, "to"), { signal: stop })).rejects.toThrow(
    "enough",
  );
});

it("takes away a folder that nobody may write, a link but not what it leads to, and nothing", async () => {
  const folder = scratchFolder();
  writeFiles(folder, { "gone/sealed/x": "", "stays/x": "", link: { link: "stays" } });
  symlinkSync("../stays", join(folder, "gone", "link"));
  chmodSync(join(folder, "gone/sealed"), 0o555);
  writeFileSync(join(folder, "gone/y"), "", { mode: 0o400 });
  for (const name of ["gone", "link", "nothing"]) await removeFolder(join(folder, name));
  expect(photograph(folder)).toEqual({ "stays/x": "644 " });
  expect(lstatSync(join(folder, "stays")).isDirectory()).toBe(true);
  expect(() => readlinkSync(join(folder, "link"))).toThrow("ENOENT");
});
