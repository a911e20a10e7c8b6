import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { closeAfter, syncFolder, unlessMissing } from "./artifacts.ts";
import { databaseMagic } from "./page-file.ts";

/** How a database begins that has been put in place, while the files of the one before may still lie beside it. */
const unfinishedMagic = "tutti exchanged\0";

/** What SQLite keeps beside a database; beside another one it would damage that. */
export const besides = ["-wal", "-journal", "-shm"];

/**
 * Puts a whole, closed database in the place of another. Up to the rename the old one is there with all its files, and
 * from then on a file that everybody refuses until the files of the old one are gone: a process that is killed between
 * the two leaves what `finishExchange` finishes.
 */
export async function exchangeDatabase(file: string, fresh: string): Promise<void> {
  await writeBeginning(fresh, unfinishedMagic);
  await rename(fresh, file);
  await syncFolder(dirname(file));
  await finish(file);
}

/** Finishes an exchange that was interrupted; otherwise does nothing. */
export async function finishExchange(file: string): Promise<void> {
  const handle = await unlessMissing(open(file, "r"));
  if (handle && (await beginsUnfinished(handle))) await finish(file);
}

function beginsUnfinished(handle: FileHandle): Promise<boolean> {
  return closeAfter(handle, async () => {
    if (!(await handle.stat()).isFile()) return false;
    const { buffer } = await handle.read(Buffer.alloc(unfinishedMagic.length), 0, unfinishedMagic.length, 0);
    return buffer.toString("latin1") === unfinishedMagic;
  });
}

async function finish(file: string): Promise<void> {
  for (const ending of besides) await rm(`${file}${ending}`, { force: true });
  await syncFolder(dirname(file));
  await writeBeginning(file, databaseMagic);
}

async function writeBeginning(file: string, magic: string): Promise<void> {
  const handle = await open(file, "r+");
  await closeAfter(handle, async () => {
    await handle.write(Buffer.from(magic, "latin1"), 0, magic.length, 0);
    await handle.sync();
  });
}
