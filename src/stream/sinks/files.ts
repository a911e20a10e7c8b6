import { resolve } from "node:path";
import type { Scope } from "../../expression/expression.ts";
import { compileTemplate } from "../../expression/template.ts";
import { deadBy, scopeOf } from "../processors/record-scope.ts";
import { parseRecord } from "../processors/records.ts";
import type { DeadRecord, SinkBatch, SinkWriter } from "../sink.ts";
import type { OpenSinkOptions, SinkOf } from "./open.ts";
import { folderOf, requireName } from "./place.ts";
import { putFiles, type WholeFile } from "./whole-files.ts";

/**
 * A file for each record. It comes to its place whole and synced, over what was there; a batch that is written again after a
 * crash leaves the same files. Of records with the same path the last one counts.
 *
 * All files lie below one folder: that in which the template of the path begins, before anything of a record stands in it. A
 * record whose path leads out of it, into what is git's or tutti's own, or to where no file can be, is dead.
 */
export async function openFilesSink(sink: SinkOf<"files">, { host }: OpenSinkOptions): Promise<SinkWriter> {
  const { cwd } = host;
  const root = await folderOf(cwd, fixedFolder(sink.path));
  const fileOf = compileFile(sink, host.scope);
  return {
    position: null,
    async write(batch, signal) {
      signal.throwIfAborted();
      const { files, dead } = filesOf(batch, { cwd, fileOf });
      const unfit = await putFiles(files, { cwd, root, mark: batch.id });
      return { position: null, dead: [...dead, ...unfit].sort((a, b) => a.index - b.index) };
    },
    finish: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

interface FileText {
  readonly path: string;
  readonly text: string;
}

function compileFile({ path, text }: SinkOf<"files">, outer: Scope): (record: string) => FileText {
  const place = compileTemplate(path);
  const content = text === undefined ? undefined : compileTemplate(text);
  return (record) => {
    const scope = scopeOf(outer, { record: parseRecord(record) });
    return { path: place.renderText(scope), text: content ? content.renderText(scope) : `${record}\n` };
  };
}

/** "": it begins with what a record says. */
function fixedFolder(template: string): string {
  const [fixed = ""] = template.split("${", 1);
  return fixed.slice(0, fixed.lastIndexOf("/") + 1);
}

interface FilesFor {
  readonly cwd: string;
  readonly fileOf: (record: string) => FileText;
}

function filesOf({ records }: SinkBatch, { cwd, fileOf }: FilesFor) {
  const files = new Map<string, WholeFile>();
  const dead: DeadRecord[] = [];
  for (const [index, { text: record }] of records.entries()) {
    try {
      const { path, text } = fileOf(record);
      requireName(path);
      const place = resolve(cwd, path);
      files.set(place, { path, text, indexes: [...(files.get(place)?.indexes ?? []), index] });
    } catch (error) {
      dead.push(deadBy(error, index));
    }
  }
  return { files: [...files.values()], dead };
}
