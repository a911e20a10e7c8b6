import type { Request } from "../../core/effects.ts";
import { filledLine } from "../../expression/shell-text.ts";
import { recordsText } from "./pipeline-title.ts";
import { oneLine } from "./words.ts";

/** Longest text of a request that is shown; characters. */
const mostCharacters = 200;

/** Longest beginning of a prompt where it is told that an agent has begun. */
const mostOfPrompt = 100;

/** What a step runs, with its values filled in, on one line: for reading, not for a shell. Secrets stay names. */
export function requestText(request: Request): string {
  return shortText(wholeText(request));
}

/** The same where it begins, beside much else: prompts are long, and begin with what they are about. */
export function startText(request: Request): string {
  return request.kind === "agent" ? shortText(request.prompt, mostOfPrompt) : requestText(request);
}

function wholeText(request: Request): string {
  switch (request.kind) {
    case "command":
      return `${request.command} ${request.arguments}`;
    case "run":
      return filledLine(request.shell);
    case "agent":
      return request.prompt;
    case "http":
      return `${request.method} ${request.url}`;
    case "function":
      return `${request.function}()`;
    case "mcp":
      return `${request.server}.${request.tool}(${JSON.stringify(request.args)})`;
    case "pipeline":
      return recordsText(request);
    case "workflow":
      return request.undo
        ? `run ${request.child}, to take back what it did`
        : `workflow ${request.workflow} as run ${request.child}`;
  }
}

/** Text from outside on one line and short: what is beyond is cut. */
export function shortText(text: string, most: number = mostCharacters): string {
  // Cut before it is cleaned: a value may be very large.
  const line = oneLine(text.slice(0, most * 4))
    .replaceAll(/ {2,}/g, " ")
    .replaceAll(/\u27e8secret:[^:\u27e9]*:([^\u27e9]*)\u27e9/g, "\u27e8secret $1\u27e9")
    .trim();
  const characters = Array.from(line);
  return characters.length <= most ? line : `${characters.slice(0, most - 1).join("")}…`;
}
