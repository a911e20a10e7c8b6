import type { WorkPlace, WorkspaceMode } from "../core/workspace.ts";
import type { CheckpointNote, Workspace, Workspaces } from "../ports/workspaces.ts";

/** What lies in a folder, by path. */
export interface FolderFiles {
  read(): Readonly<Record<string, string>>;
  write(path: string, text: string | null): void;
}

/** A project with nothing but what the suite writes. */
export interface WorkspacesScene {
  readonly workspaces: Workspaces;
  /** Another process over the same: it knows what was kept, and not who works. */
  readonly another: () => Workspaces;
  readonly project: FolderFiles;
  /** The files of an open tree. */
  readonly files: (workspaces: Workspaces, cwd: string) => FolderFiles;
}

export const never: AbortSignal = new AbortController().signal;
export const step: CheckpointNote = { kind: "WORKFLOW-STEP", what: "completed", node: "build", attempt: 1 };
export const back: CheckpointNote = { kind: "WORKFLOW-RECOVERY", what: "put back" };
const print = (): void => {};
export const own: WorkPlace = { runId: "r1", lane: "" };

export interface Begin {
  readonly scene: WorkspacesScene;
  readonly base: string;
  readonly tree: Workspace;
  readonly files: FolderFiles;
}

export type Start = () => Promise<Begin>;

export function open(
  workspaces: Workspaces,
  { mode, place, from }: { readonly mode: WorkspaceMode; readonly place: WorkPlace; readonly from: string },
): Promise<Workspace> {
  return workspaces.open({ mode, place, from, setup: {}, print }, never);
}
