import { canonicalJson, type Json, type JsonObject } from "../../expression/json.ts";
import type { AgentTask } from "../../ports/agent.ts";
import type { RecordedRequest, Redaction } from "./cassette.ts";

/**
 * The part of a task that decides what the agent does. Sessions are left out; the step's folder stands as `<cwd>`, so
 * that a cassette recorded in one clone fits another, and secrets as `***`.
 */
export function recordedRequest(
  task: AgentTask,
  { cwd, redaction }: { readonly cwd: string; readonly redaction: Redaction },
): RecordedRequest {
  const { work } = task;
  const request: JsonObject = {
    ...(work.kind === "prompt"
      ? { prompt: work.prompt }
      : {
          command: work.command.name,
          arguments: work.command.arguments,
          body: work.command.expanded,
        }),
    model: task.model,
    tools: task.tools,
    schema: task.schema,
    effort: task.effort,
    feedback: task.feedback,
    claims: task.claims,
    context: task.context,
    preamble: task.preamble,
    // by their names: where they lie differs from machine to machine
    mcpServers: task.mcpServers && Object.keys(task.mcpServers).toSorted(),
    skills: task.skills,
    subagents: task.subagents,
    permissions: task.permissions,
    // not by its id, which is another one each time
    decided: task.decided && { allow: task.decided.allow, note: task.decided.note },
  };
  const portable = JSON.parse(canonicalJson(withoutFolder(request, cwd))) as RecordedRequest;
  return redaction.json(portable) as RecordedRequest;
}

function withoutFolder(value: Json | undefined, folder: string): Json | undefined {
  if (typeof value === "string") return value.replaceAll(folder, "<cwd>");
  if (Array.isArray(value)) return value.map((item: Json) => withoutFolder(item, folder) ?? null);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withoutFolder(item as Json, folder)]),
  );
}

/** A request as lines, one a value and one a line of text, for comparing and for showing what differs. */
export function requestLines(request: RecordedRequest): readonly string[] {
  return Object.entries(request).flatMap(([key, value]) =>
    typeof value === "string"
      ? value.split("\n").map((line) => `${key}: ${line}`)
      : JSON.stringify(value ?? null, null, 1)
          .split("\n")
          .map((line) => `${key}: ${line.trim()}`),
  );
}
