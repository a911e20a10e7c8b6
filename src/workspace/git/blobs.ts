import type { Repository } from "./repository.ts";

/** The bytes of these blobs, by name; one that is not there is left out. */
export async function readBlobs(
  { git }: Repository,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Buffer>> {
  const { stdout } = await git.run(["cat-file", "--batch"], {
    signal,
    input: [...new Set(ids), ""].join("\n"),
  });
  const found = new Map<string, Buffer>();
  for (let at = 0; at < stdout.length;) {
    const end = stdout.indexOf("\n", at);
    const [id = "", kind, size] = stdout.toString("latin1", at, end).split(" ");
    at = end + 1;
    if (kind === "missing" || size === undefined) continue;
    found.set(id, stdout.subarray(at, at + Number(size)));
    at += Number(size) + 1;
  }
  return found;
}
