import type { Part } from "@a2a-js/sdk";
import type { JsonObject } from "../../expression/json.ts";
import type { ArtifactStore } from "../../ports/artifact-store.ts";
import { partsOf, type Progress } from "./progress.ts";

export interface StoredFiles {
  /** By `file_1`, `file_2` …: those that came with the answer. */
  readonly artifacts: Readonly<Record<string, string>>;
  /** All of them, also those that lie elsewhere. */
  readonly files: readonly JsonObject[];
}

/** Keeps the files of an answer. A file that is only named by its URL is not fetched. */
export async function storeFiles(progress: Progress, store: ArtifactStore): Promise<StoredFiles> {
  const artifacts: Record<string, string> = {};
  const files: JsonObject[] = [];
  for (const part of partsOf(progress)) {
    const { content } = part;
    if (content?.$case === "url") files.push({ ...namesOf(part), url: content.value });
    if (content?.$case !== "raw") continue;
    const artifact = `file_${Object.keys(artifacts).length + 1}`;
    artifacts[artifact] = (await store.put(content.value)).id;
    files.push({ ...namesOf(part), artifact });
  }
  return { artifacts, files };
}

function namesOf({ filename, mediaType }: Part): JsonObject {
  return { ...(filename === "" ? {} : { name: filename }), ...(mediaType === "" ? {} : { mediaType }) };
}
