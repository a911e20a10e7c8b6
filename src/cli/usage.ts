import type { Command, CommanderError } from "commander";
import { TuttiError } from "../errors.ts";
import { nearest } from "../expression/nearest.ts";

/** A mistake of the command line, as commander found it, in tutti's words. */
export function usageError(error: CommanderError, command: Command): TuttiError {
  const verb = command.name();
  const help = `see: ${verb} --help`;
  const value = /'([^']*)'/.exec(error.message)?.[1] ?? "";
  switch (error.code) {
    case "commander.unknownOption": {
      const close = nearest(value.split("=")[0] ?? value, longFlags(command));
      const fix = close === undefined ? help : `did you mean "${close}"?`;
      return usage(`Cannot use the flag "${value}": ${verb} has no such flag`, fix);
    }
    case "commander.missingArgument":
      return missing(verb, value);
    case "commander.optionMissingArgument":
      return usage(`Cannot use the flag "${value}": its value is missing`, help);
    case "commander.excessArguments": {
      const extra = /got \d+: (.*)\.$/s.exec(error.message)?.[1] ?? "";
      return usage(`Cannot run "${verb}" like this: there are more arguments than it takes: ${extra}`, help);
    }
    default:
      return usage(`Cannot run "${verb}" like this: ${error.message.replace(/^error: /, "")}`, help);
  }
}

/** An argument that a verb needs and was not given, in lower case. */
function missing(verb: string, argument: string): TuttiError {
  const help = `see: ${verb} --help`;
  const fix = argument === "run" ? `name a run, such as the last one: ${verb} @last; ${help}` : help;
  return usage(`Cannot run "${verb}" like this: the ${argument.toUpperCase()} is missing`, fix);
}

/** A mistake of the command line. */
export function usage(message: string, fix: string): TuttiError {
  return new TuttiError("USAGE", message, { fix });
}

function longFlags(command: Command): string[] {
  const options = command.options.filter((option) => !option.hidden);
  return [...options.flatMap((option) => option.long ?? []), "--help"];
}
