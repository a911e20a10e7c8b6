import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, rm, symlink } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";

const copied = ["bin", "schema", "scripts", "src", "package.json", "tsconfig.json", "tsconfig.build.json"];

/**
 * Builds the package in a folder of its own, as it is published: the bundle and no source. Gives its `bin/tutti.js`.
 * The repository's own `dist/` is left alone.
 */
export async function buildPackage(root: string, dir: string): Promise<string> {
  for (const name of copied)
    await cp(join(root, name), join(dir, name), { recursive: true }).catch(unlessMissing);
  await symlink(join(root, "node_modules"), join(dir, "node_modules"));
  const tools = [join(root, "node_modules", ".bin"), dirname(process.execPath), process.env["PATH"] ?? ""];
  const build = spawn(process.execPath, [join("scripts", "build.js")], {
    cwd: dir,
    env: { ...process.env, PATH: tools.join(delimiter) },
    stdio: ["ignore", "ignore", "inherit"],
  });
  await once(build, "close");
  if (build.exitCode !== 0) throw new Error(`scripts/build.js ended with ${build.exitCode}`);
  await rm(join(dir, "src"), { recursive: true });
  await rm(join(dir, "node_modules"));
  return join(dir, "bin", "tutti.js");
}

/** `schema/` is made by the build of some versions only. */
function unlessMissing(error: unknown): void {
  if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
}
