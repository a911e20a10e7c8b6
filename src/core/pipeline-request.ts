import type { Reference, Scope } from "../expression/expression.ts";
import { asText, isObject, type Json, type JsonObject } from "../expression/json.ts";
import { compileJsonTemplate, compileTemplate } from "../expression/template.ts";
import type { PipelineAction, Sink, Source } from "../language/pipeline.ts";
import { nextChild } from "./apply-child.ts";
import { referencesOfPipeline } from "./compiled-pipeline.ts";
import type { Request } from "./effects.ts";
import type { NodeState } from "./node.ts";
import { scopeOf } from "./scope.ts";
import type { RunState } from "./state.ts";

/** What a pipeline is to do, as the run's data stands when it begins: it sees them so until it ends. */
export function pipelineRequest(state: RunState, node: NodeState, action: PipelineAction): Request {
  const scope = scopeOf(state, node);
  return {
    kind: "pipeline",
    child: nextChild(state, node),
    source: sourceOf(action.source, scope),
    sinks: action.sinks.map((sink) => sinkOf(sink, scope)),
    scope: readBy(referencesOfPipeline(action), scope),
  };
}

function sourceOf(source: Source, scope: Scope): Source {
  const text = (template: string): string => compileTemplate(template).renderText(scope);
  switch (source.kind) {
    case "records":
    case "files":
      return { ...source, paths: source.paths.map(text) };
    case "command":
      return source.cwd === undefined ? source : { ...source, cwd: text(source.cwd) };
    case "http":
      return { ...source, url: text(source.url), headers: textsOf(source.headers, scope) };
    case "listen":
      return { ...source, path: text(source.path) };
    case "run":
      return {
        ...source,
        run: text(source.run),
        ...(source.node === undefined ? {} : { node: text(source.node) }),
      };
    case "stdin":
    case "list":
      return source;
  }
}

function sinkOf(sink: Sink, scope: Scope): Sink {
  const text = (template: string): string => compileTemplate(template).renderText(scope);
  switch (sink.kind) {
    case "records":
      return { ...sink, path: text(sink.path) };
    case "command":
      return sink.cwd === undefined ? sink : { ...sink, cwd: text(sink.cwd) };
    case "files":
    case "http":
    case "result":
      return sink;
  }
}

function textsOf(templates: Readonly<Record<string, string>>, scope: Scope): Record<string, string> {
  const rendered = compileJsonTemplate(templates).render(scope);
  const entries = isObject(rendered) ? Object.entries(rendered) : [];
  return Object.fromEntries(entries.map(([name, value]) => [name, asText(value)]));
}

/** The values that are referred to, and nothing beside them; what is not there is left out. */
function readBy(references: readonly Reference[], scope: Scope): JsonObject {
  const roots = Map.groupBy(references, ({ root }) => root);
  const values = [...roots].map(([root, found]): [string, Json | undefined] => {
    const paths = found.map(({ path }) => path);
    return [root, partOf(scope(root), paths)];
  });
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

function partOf(value: unknown, paths: readonly (readonly string[])[]): Json | undefined {
  if (value === undefined) return undefined;
  if (!isObject(value) || paths.some(({ length }) => length === 0)) return plain(value);
  const byKey = Map.groupBy(paths, ([key = ""]) => key);
  const parts = [...byKey].map(([key, inside]): [string, Json | undefined] => {
    const rests = inside.map(([, ...rest]) => rest);
    return [key, Object.hasOwn(value, key) ? partOf(value[key], rests) : undefined];
  });
  return Object.fromEntries(parts.filter(([, part]) => part !== undefined));
}

/** As it is written down: what is worked out when it is looked at is there. */
function plain(value: unknown): Json {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value as Json;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
