import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { RunOverrides } from "../core/events.ts";
import type { TuttiOptions } from "../engine.ts";
import { messageOf, problemsError, TuttiError } from "../errors.ts";
import type { Json, JsonObject } from "../expression/json.ts";
import { parseLimit } from "../language/limits.ts";
import type { LimitMode, Limits } from "../language/workflow.ts";
import { parseText } from "../language/yaml-source.ts";
import { usage } from "./usage.ts";

/** Flags that set something for one run. */
export interface OverrideFlags {
  readonly agent?: string;
  readonly model?: string;
  readonly mock?: string;
  readonly record?: string;
  readonly replay?: string;
  readonly limit: readonly string[];
  readonly budget?: LimitMode;
  readonly wait?: boolean;
}

export function overrideFlags(command: Command): Command {
  return command
    .option("--agent <name>", "agent of all steps: claude-code, mock, replay")
    .option("--model <name>", "model of all steps that name none")
    .option("--mock <file>", "script of the mock agent; implies --agent mock")
    .option("--record <dir>", "record what agents do, to replay it")
    .option("--replay <dir>", "replay a recording; implies --agent replay")
    .option(
      "--limit <name=value>",
      "a cap of the run, such as cost=20USD or time=1h (repeat it)",
      collect,
      [],
    )
    .addOption(
      new Option(
        "--budget <mode>",
        "audit: caps are only told; enforce: no call is made that would pass one",
      ).choices(["audit", "enforce"]),
    )
    .option("--wait", "stay until the run has ended, also while only people have to answer");
}

/** Gathers the values of a flag that may be repeated. */
export function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}

/** A whole number from 1. */
export function positive(value: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new InvalidArgumentError("It must be a whole number, 1 or more.");
}

/** What the flags set; undefined when they set nothing. Paths are made absolute. */
export function overridesOf(flags: OverrideFlags, cwd: string): RunOverrides | undefined {
  const { model, budget: limitMode } = flags;
  const agent = agentOf(flags);
  const limits = limitsOf(flags.limit);
  const paths = Object.entries({ mock: flags.mock, record: flags.record, replay: flags.replay });
  const drivers = paths.flatMap(([name, path]) => (path === undefined ? [] : [[name, resolve(cwd, path)]]));
  const overrides: RunOverrides = {
    ...(agent === undefined ? {} : { agent }),
    ...(model === undefined ? {} : { model }),
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
    ...(limitMode === undefined ? {} : { limitMode }),
    ...(drivers.length === 0 ? {} : { drivers: Object.fromEntries(drivers) }),
  };
  return Object.keys(overrides).length === 0 ? undefined : overrides;
}

function agentOf({ agent, mock, replay }: OverrideFlags): string | undefined {
  const implied = [...(mock === undefined ? [] : ["mock"]), ...(replay === undefined ? [] : ["replay"])];
  const [first, second] = implied;
  if (second !== undefined) {
    throw usage(
      'Cannot use "--mock" and "--replay" together: each names the agent of all steps',
      "take one of them",
    );
  }
  if (first !== undefined && agent !== undefined && agent !== first) {
    throw usage(
      `Cannot use "--${first}" with "--agent ${agent}": it is for the agent "${first}"`,
      "leave --agent out",
    );
  }
  return agent ?? first;
}

/** `cost=20USD`, `time=1h`, … as caps. */
function limitsOf(texts: readonly string[]): Partial<Limits> {
  return Object.assign(
    {},
    ...texts.map((text) => {
      const [name, value] = pair(text, "--limit cost=20USD");
      return parseLimit(name, value);
    }),
  );
}

function pair(text: string, example: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw usage(`Cannot read "${text}": it is not NAME=VALUE`, `for example: ${example}`);
}

/** How to open tutti for a run with these overrides. */
export async function openingOf(
  drivers: RunOverrides["drivers"],
  { wait = false }: Pick<OverrideFlags, "wait"> = {},
): Promise<Pick<TuttiOptions, "mock" | "record" | "replay" | "stay">> {
  const { mock, ...folders } = drivers ?? {};
  const opening = { ...folders, ...(wait ? { stay: { stayToEnd: true } } : {}) };
  return mock === undefined ? opening : { ...opening, mock: await readValue(mock, "the mock script") };
}

export interface InputFlags {
  readonly input: readonly string[];
  readonly inputs?: string;
}

export function inputFlags(command: Command): Command {
  return command
    .option("--input <name=value>", "value of an input (repeat it)", collect, [])
    .option("--inputs <file>", "values of inputs as a JSON or YAML object");
}

/** Values for the workflow's inputs: those of the file, then those given one by one. */
export async function inputsOf({ input, inputs }: InputFlags, cwd: string): Promise<JsonObject> {
  const fromFile = inputs === undefined ? {} : await readValue(resolve(cwd, inputs), "the inputs");
  if (typeof fromFile !== "object" || fromFile === null || Array.isArray(fromFile)) {
    throw new TuttiError("INPUT_INVALID", `Cannot read the inputs "${inputs}": they are not an object`, {
      fix: 'write {"name": value, …}',
    });
  }
  const single = input.map((text) => pair(text, "--input target=src"));
  return { ...(fromFile as JsonObject), ...Object.fromEntries(single) };
}

/** The value of a YAML or JSON file. */
async function readValue(file: string, what: string): Promise<Json | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const missing = code === "ENOENT";
    const why = missing ? "there is no such file" : code === "EISDIR" ? "it is a folder" : messageOf(error);
    throw new TuttiError(
      missing ? "FILE_NOT_FOUND" : "FILE_UNREADABLE",
      `Cannot read ${what} "${file}": ${why}`,
      { fix: missing ? "check the path" : "check that it is a file you may read", cause: error },
    );
  }
  const { value, report } = parseText(text, file);
  if (report.hasErrors) throw problemsError(report.problems);
  return value;
}
