import type { Json } from "../expression/json.ts";
import { freeName, identifier } from "./checks/names.ts";
import type { Target } from "./dialects/builder.ts";
import { outputOf } from "./dialects/inputs.ts";
import type { LinePart, LineStage } from "./one-line-parts.ts";
import type { Places } from "./places.ts";
import type { Range } from "./source-text.ts";

export interface LineOptions {
  /** What commands work on that have no arguments of their own. */
  readonly target?: string | undefined;
  /** Names that are given away already. */
  readonly taken?: readonly string[];
  /** Told to the first command as its context. */
  readonly context?: Target;
}

/** The steps of one line of commands; each is told the output of the one before. */
export class Line {
  readonly #places: Places;
  readonly #target: string | undefined;
  readonly #context: Target;
  readonly #taken: Set<string>;
  readonly #rounds = new Map<string, number>();
  /** Names of the steps of the chain itself. */
  readonly names: string[] = [];

  constructor(places: Places, { target, taken = [], context = {} }: LineOptions) {
    this.#places = places;
    this.#target = target;
    this.#taken = new Set(taken);
    this.#context = context;
  }

  stage({ parts, parallel, range }: LineStage): readonly Target[] {
    const previous = this.names.at(-1);
    if (!parallel) return parts.map((part) => this.#step(part, { previous, name: this.#chained(part) }));
    const steps: Json[] = [];
    for (const part of parts) {
      this.#places.set(steps, steps.length, { value: part.range });
      steps.push(this.#step(part, { previous, name: this.#freeName(baseOf(part)) }));
    }
    const name = this.#freeName("parallel");
    this.names.push(name);
    const group: Target = { name, parallel: { join: "all" }, steps };
    this.#places.set(group, "steps", { value: range });
    return [group];
  }

  #chained(part: LinePart): string {
    const name = this.#freeName(baseOf(part));
    this.names.push(name);
    return name;
  }

  #step(
    part: LinePart,
    { name, previous }: { readonly name: string; readonly previous: string | undefined },
  ): Target {
    const own = part.params !== "";
    const step: Target = {};
    const put = (key: string, value: Json, range: Range) => {
      step[key] = value;
      this.#places.set(step, key, { value: range });
    };
    put("name", name, part.commandRange);
    put("command", part.command, part.commandRange);
    put("params", own ? part.params : (this.#target ?? ""), own ? part.paramsRange : part.commandRange);
    const context = previous === undefined ? this.#context : { previous: outputOf(previous) };
    if (Object.keys(context).length > 0) put("context", context, part.commandRange);
    return step;
  }

  #freeName(base: string): string {
    const name = freeName(base, this.#taken, this.#rounds);
    this.#taken.add(name);
    return name;
  }
}

function baseOf({ command }: LinePart): string {
  return identifier(command) || "command";
}
