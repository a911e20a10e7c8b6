import { appendFile, mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Notifier } from "../ports/notifier.ts";
import { notifyFailed } from "./words.ts";

/** Appends the notice to a file as one line of JSON. Relative paths begin at `cwd`. */
export function createFileNotifier({ cwd }: { readonly cwd: string }): Notifier {
  return {
    kind: "file",
    async notify(notice, to) {
      const path = resolve(cwd, to);
      try {
        await mkdir(dirname(path), { recursive: true });
        await appendFile(path, `${JSON.stringify(notice)}\n`);
      } catch (error) {
        throw notifyFailed("file", error, "name a file that can be written");
      }
    },
  };
}
