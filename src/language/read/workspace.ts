import { isObject } from "../../expression/json.ts";
import { checkEnvNames } from "../checks/constants.ts";
import { defined } from "../defined.ts";
import * as leaf from "../leaves.ts";
import { type SaidWorkspace, saidWorkspace, type WrittenWorkspace } from "../said-workspace.ts";
import { installShape, mergeShape, workspaceShape } from "../workspace-shapes.ts";
import type { Loading, Located } from "./loading.ts";
import { missingKey, readLeaf, readObject, type ReadObject } from "./read-object.ts";

type Read = ReadObject<typeof workspaceShape>;

/** Reads `workspace:` of a workflow: where its steps work, in a word or with all that makes a tree ready. */
export function readWorkspace(loading: Loading, at: Located | undefined): SaidWorkspace {
  if (!at) return {};
  if (!isObject(at.value)) {
    const mode = readLeaf(loading, at, { key: "workspace", schema: leaf.workspace });
    return defined({ mode });
  }
  const read = readObject(loading, at, workspaceShape);
  if (!read) return {};
  checkEnvNames(loading.report, read.part("env"));
  reportIdle(loading, read);
  const install = readInstall(loading, read.part("install"));
  const mergeAt = read.part("merge");
  const merge = mergeAt && readObject(loading, mergeAt, mergeShape)?.leaves;
  return saidWorkspace({ ...read.leaves, ...defined({ install, merge }) });
}

/** Keys that mean something only where trees are made. */
const ofOwnTrees = ["copy", "install", "merge"] as const;

function reportIdle({ report }: Loading, read: Read): void {
  const { mode } = read.leaves;
  if (mode !== "none" && mode !== "shared") return;
  const idle = mode === "none" ? [...ofOwnTrees, "ports", "env", "commits"] : ofOwnTrees;
  for (const key of idle.filter((name) => read.has(name as (typeof ofOwnTrees)[number]))) {
    report.add({
      code: "BAD_VALUE",
      message: `Cannot use "${key}" here: with the mode ${mode} no working tree is made`,
      fix: "take it out, or write `mode: run`",
      at: read.spotOf(key),
      part: "key",
    });
  }
}

function readInstall(loading: Loading, at: Located | undefined): WrittenWorkspace["install"] {
  if (!at) return undefined;
  if (!isObject(at.value)) {
    const run = readLeaf(loading, at, { key: "install", schema: installShape.leaves.run });
    return run === undefined ? undefined : { run };
  }
  const read = readObject(loading, at, installShape);
  if (!read) return undefined;
  const what = "`install`";
  if (!read.has("run")) missingKey(loading, read.whole, { what, key: "run" });
  // what is kept can be used again only where something tells that it still fits
  if (read.has("keep") !== read.has("key"))
    missingKey(loading, read.whole, { what, key: read.has("keep") ? "key" : "keep" });
  return read.leaves;
}
