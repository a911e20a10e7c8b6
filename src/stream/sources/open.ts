import { openCommand } from "./command.ts";
import { openFiles } from "./files.ts";
import { openHttp } from "./http.ts";
import { openListen } from "./listen.ts";
import type { SourceOptions } from "./options.ts";
import { openRecords } from "./records.ts";
import { openStdin } from "./stdin.ts";
import { openValues } from "./values.ts";
import type { Source } from "../../language/pipeline.ts";
import type { SourceReader } from "../source.ts";

/**
 * Opens a source where it is to go on. Throws FILE_NOT_FOUND, FILE_UNREADABLE or SOURCE_UNREADABLE when it cannot be read from there:
 * also when the position is that of another kind of source.
 */
export async function openSource(source: Source, options: SourceOptions): Promise<SourceReader> {
  switch (source.kind) {
    case "records":
      return openRecords(source, options);
    case "files":
      return openFiles(source, options);
    case "command":
      return openCommand(source, options);
    case "stdin":
      return openStdin(source, options);
    case "http":
      return openHttp(source, options);
    case "listen":
      return openListen(source, options);
    case "list":
    case "run":
      return openValues(source, options);
  }
}
