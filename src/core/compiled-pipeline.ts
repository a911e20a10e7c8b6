import { compileExpression, type Reference } from "../expression/expression.ts";
import type { Json } from "../expression/json.ts";
import { compileShellTemplate } from "../expression/shell-template.ts";
import { compileJsonTemplate } from "../expression/template.ts";
import type { Aggregate, PipelineAction, Sink, Source, Stage, StageWork } from "../language/pipeline.ts";

type Referring = { readonly references: readonly Reference[] };

/** What the texts of a pipeline refer to besides the records that they are about. */
export function referencesOfPipeline({
  source,
  stages,
  sinks,
  alerts,
}: PipelineAction): readonly Reference[] {
  const notified = alerts.flatMap(({ notify }) =>
    typeof notify === "object" && "webhook" in notify ? ofTemplates(notify.webhook) : [],
  );
  return [...ofSource(source), ...stages.flatMap(ofStage), ...sinks.flatMap(ofSink), ...notified];
}

const overRecords: readonly string[] = ["record", "batch"];

/** What a part refers to that is not given by the place where it stands. */
function besides(own: readonly string[], { references }: Referring): readonly Reference[] {
  return references.filter(({ root }) => !own.includes(root));
}

function ofTemplates(...values: readonly (Json | undefined)[]): readonly Reference[] {
  return values.flatMap((value) =>
    value === undefined ? [] : besides(overRecords, compileJsonTemplate(value)),
  );
}

function ofExpression(source: string | undefined, own = overRecords): readonly Reference[] {
  return source === undefined ? [] : besides(own, compileExpression(source));
}

function ofShell(line: string): readonly Reference[] {
  return besides(overRecords, compileShellTemplate(line));
}

function ofSource(source: Source): readonly Reference[] {
  switch (source.kind) {
    case "records":
    case "files":
      return ofTemplates(source.paths);
    case "command":
      return [...ofShell(source.line), ...ofTemplates(source.cwd)];
    case "stdin":
      return [];
    case "http": {
      const items = source.format.kind === "json" ? source.format.items : undefined;
      return [...ofTemplates(source.url, source.headers), ...ofExpression(items, ["body"])];
    }
    case "listen":
      return ofTemplates(source.path);
    case "list":
      return ofTemplates(source.items);
    case "run":
      return ofTemplates(source.run, source.node);
  }
}

function ofStage({ when, key, work }: Stage): readonly Reference[] {
  return [...ofExpression(when), ...ofExpression(key), ...(work ? ofWork(work) : [])];
}

function ofWork(work: StageWork): readonly Reference[] {
  switch (work.kind) {
    case "value":
      return ofTemplates(work.value);
    case "run":
      return [...ofShell(work.line), ...ofTemplates(work.cwd, work.env)];
    case "function":
      return ofTemplates(work.args);
    case "workflow":
      return ofTemplates(work.with);
    case "reduce": {
      const at = work.window?.kind === "time" ? work.window.at : undefined;
      const groups = Object.values(work.by).flatMap((by) => ofExpression(by));
      return [...ofExpression(at), ...groups, ...Object.values(work.give).flatMap(ofAggregate)];
    }
  }
}

function ofAggregate(aggregate: Aggregate): readonly Reference[] {
  switch (aggregate.kind) {
    case "count":
      return [];
    case "fold":
      return ofExpression(aggregate.step, ["sum", ...overRecords]);
    default:
      return ofExpression(aggregate.of);
  }
}

function ofSink(sink: Sink): readonly Reference[] {
  switch (sink.kind) {
    case "records":
      return ofTemplates(sink.path);
    case "files":
      return ofTemplates(sink.path, sink.text);
    case "command":
      return [...ofShell(sink.line), ...ofTemplates(sink.cwd, sink.env)];
    case "http":
      return ofTemplates(sink.url, sink.headers);
    case "result":
      return [];
  }
}
