import type { Artifact, Message, Part, StreamResponse, Task, TaskState, TaskStatus } from "@a2a-js/sdk";

/** What is known of a task at the other side. */
export interface Progress {
  /** Undefined until the other side has made a task of the message; it need not. */
  readonly taskId: string | undefined;
  /** Undefined where there is no task. */
  readonly state: TaskState | undefined;
  /** What the agent says of that state, or all that it answers. */
  readonly said: Message | undefined;
  /** By their ids, in the order in which they came. */
  readonly artifacts: ReadonlyMap<string, Artifact>;
  /** The agent answered with a message instead of a task. */
  readonly isMessage: boolean;
}

export const nothingYet: Progress = {
  taskId: undefined,
  state: undefined,
  said: undefined,
  artifacts: new Map(),
  isMessage: false,
};

/** The progress after one event of the stream. */
export function afterEvent(progress: Progress, { payload }: StreamResponse): Progress {
  switch (payload?.$case) {
    case "task":
      return ofTask(payload.value);
    case "message":
      return { ...progress, said: payload.value, isMessage: true };
    case "statusUpdate":
      return afterStatus({ ...progress, taskId: payload.value.taskId }, payload.value.status);
    case "artifactUpdate": {
      const { artifact, append, taskId } = payload.value;
      return artifact
        ? { ...progress, taskId, artifacts: withArtifact(progress, { artifact, append }) }
        : progress;
    }
    case undefined:
      return progress;
  }
}

/** A task as the other side has it. */
export function ofTask({ id, status, artifacts }: Task): Progress {
  const whole = new Map(artifacts.map((artifact) => [artifact.artifactId, artifact]));
  return afterStatus({ ...nothingYet, taskId: id, artifacts: whole }, status);
}

function afterStatus(progress: Progress, status: TaskStatus | undefined): Progress {
  return status ? { ...progress, state: status.state, said: status.message } : progress;
}

interface Arrived {
  readonly artifact: Artifact;
  readonly append: boolean;
}

function withArtifact({ artifacts }: Progress, { artifact, append }: Arrived): ReadonlyMap<string, Artifact> {
  const before = append ? artifacts.get(artifact.artifactId) : undefined;
  const whole = before ? { ...before, parts: [...before.parts, ...artifact.parts] } : artifact;
  return new Map([...artifacts, [artifact.artifactId, whole]]);
}

/** What came between two views of the same task, as lines for whoever watches. */
export function linesBetween(before: Progress, after: Progress): readonly string[] {
  const said = after.said !== before.said ? textOf(after.said?.parts ?? []) : "";
  const made = [...after.artifacts.values()].map((artifact) => {
    const known = before.artifacts.get(artifact.artifactId)?.parts.length ?? 0;
    return textOf(artifact.parts.slice(known));
  });
  return [said, ...made].flatMap((text) => text.split("\n")).filter((line) => line.trim() !== "");
}

/** Everything the agent gave: of its artifacts, or, when there are none, of its last words. */
export function partsOf({ artifacts, said }: Progress): readonly Part[] {
  const parts = [...artifacts.values()].flatMap((artifact) => artifact.parts);
  return parts.length > 0 ? parts : (said?.parts ?? []);
}

/** Text that comes in pieces is one text. */
export function textOf(parts: readonly Part[]): string {
  return parts.flatMap(({ content }) => (content?.$case === "text" ? [content.value] : [])).join("");
}
