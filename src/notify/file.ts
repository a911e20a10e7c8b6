import { constants } from "node:fs";
import { appendFile, mkdir, realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import type { Notifier } from "../ports/notifier.ts";
import { notifyFailed } from "./words.ts";

/** Appends the notice to a file of the folder `cwd` as one line of JSON. Throws for a place outside it, also through a link. */
export function createFileNotifier({ cwd }: { readonly cwd: string }): Notifier {
  return {
    kind: "file",
    async notify(notice, to) {
      const path = await placeOf(resolve(cwd, to));
      if (!isInside(await realpath(cwd), path)) {
        const why = `"${to}" lies outside the project's folder`;
        throw notifyFailed("file", why, "name a file in the project's folder");
      }
      try {
        await mkdir(dirname(path), { recursive: true });
        // a link that leads nowhere would make its file wherever it points to
        const flag = constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY | constants.O_NOFOLLOW;
        await appendFile(path, `${JSON.stringify(notice)}\n`, { flag });
      } catch (error) {
        throw notifyFailed("file", error, "name a file that can be written");
      }
    },
  };
}

/** Where a path really is, though some of the last folders of it may not be there yet. */
async function placeOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return path === dirname(path) ? path : join(await placeOf(dirname(path)), basename(path));
  }
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
