import * as disk from "node:fs/promises";

/** The names in a folder are on the disk. */
export async function syncFolder(folder: string, { open }: Pick<typeof disk, "open"> = disk): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
