import type { Problem, SourcePlace } from "../errors.ts";
import type { Json } from "../expression/json.ts";
import { allSteps } from "./checks/names.ts";
import { checkWorkflow } from "./check.ts";
import type { StepDraft, WorkflowDraft } from "./drafts.ts";
import { finishWorkflow } from "./finish.ts";
import { Report } from "./diagnostics/report.ts";
import { type Dialect, translate } from "./dialects/translate.ts";
import { Places, rootSpot } from "./places.ts";
import type { KnownNames, Loading } from "./read/loading.ts";
import { readWorkflow } from "./read/workflow.ts";
import type { Workflow } from "./workflow.ts";
import { parseText } from "./yaml-source.ts";

export interface LoadOptions extends KnownNames {
  /** For messages, and for the name of a workflow that has none. */
  readonly file?: string;
}

export interface Loaded {
  /** Absent when there is any error. */
  readonly workflow?: Workflow;
  /** Errors and warnings, in the order of their places. */
  readonly problems: readonly Problem[];
  readonly dialect: Dialect;
  /** Other workflows that it names. */
  readonly calls: readonly string[];
  /** What a translation from an older dialect did that a reader should know. */
  readonly notes: readonly string[];
  /** Where the step of this name stands in the text; undefined where that is not known for certain. */
  readonly placeOf?: (name: string) => SourcePlace | undefined;
}

/** Loads a workflow from YAML 1.2 or JSON text, in canonical form or an older dialect. Never throws for its content. */
export function loadWorkflow(text: string, options: LoadOptions = {}): Loaded {
  const { value, places, report } = parseText(text, options.file);
  if (value === undefined) return { problems: report.problems, dialect: "canonical", notes: [], calls: [] };
  return loadTree({ value, places, report }, options);
}

/** Loads a workflow from a plain object; every problem names its key path. */
export function loadObject(value: unknown, options: LoadOptions = {}): Loaded {
  const places = new Places();
  const report = new Report({ places });
  const json = asJson(value);
  if (json === undefined) {
    report.add({
      code: "WRONG_TYPE",
      message: "Cannot use the object as a workflow: it does not consist of JSON values only",
      fix: "leave out functions, classes, dates and circles",
    });
    return { problems: report.problems, dialect: "canonical", notes: [], calls: [] };
  }
  return loadTree({ value: json, places, report }, options);
}

export interface Tree {
  readonly value: Json;
  readonly places: Places;
  readonly report: Report;
}

/** Loads a tree of values that knows its places. */
export function loadTree({ value, places, report }: Tree, { file, ...known }: LoadOptions): Loaded {
  const loading: Loading = { report, known, called: new Set(), places, resources: new Map() };
  const translated = translate(loading, { value, spot: rootSpot });
  const { dialect, notes } = translated;
  const draft =
    translated.value === undefined
      ? undefined
      : readWorkflow(loading, { value: translated.value, spot: rootSpot }, { fallbackName: nameOf(file) });
  if (draft) checkWorkflow(loading, draft);
  const workflow = draft && !report.hasErrors ? finishWorkflow(draft) : undefined;
  return {
    ...(workflow && draft ? { workflow, placeOf: placesByName(loading, draft) } : {}),
    problems: report.problems,
    dialect,
    notes,
    calls: [...loading.called],
  };
}

/** Finds where a step stands by its name, which says nothing when two have it. Looked through once, when it is asked. */
function placesByName({ report }: Loading, draft: WorkflowDraft): NonNullable<Loaded["placeOf"]> {
  let byName: Map<string, readonly StepDraft[]> | undefined;
  return (name) => {
    byName ??= Map.groupBy(allSteps(draft.block), (step) => step.name);
    const [step, second] = byName.get(name) ?? [];
    return step && !second ? report.placeOf(step.nameSpot) : undefined;
  };
}

/** `flows/harden.tutti.yaml` → `harden`. */
function nameOf(file: string | undefined): string {
  // `<inline>` and the like are no files.
  const base = file
    ?.replace(/^<.*>$/, "")
    .split(/[\\/]/)
    .at(-1)
    ?.replace(/\.(ya?ml|json)$/i, "")
    .replace(/\.tutti$/i, "");
  return base || "workflow";
}

function asJson(value: unknown): Json | undefined {
  try {
    const text = JSON.stringify(value, refuseOther);
    return text === undefined ? undefined : (JSON.parse(text, refusePrototype) as Json);
  } catch {
    return undefined;
  }
}

function refusePrototype(key: string, value: unknown): unknown {
  if (key === "__proto__") throw new TypeError("a name taken by the machine");
  return value;
}

function refuseOther(_key: string, value: unknown): unknown {
  const other = typeof value === "function" || typeof value === "symbol" || typeof value === "bigint";
  if (other) throw new TypeError("not a JSON value");
  return value;
}
