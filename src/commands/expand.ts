import { dirname } from "node:path";
import { TuttiError } from "../errors.ts";
import type { CommandDoc, ExpandOptions } from "../ports/command-catalog.ts";
import { readArguments, replacePlaceholders, valueOf } from "./arguments.ts";
import type { CallArguments, Placeholder } from "./arguments.ts";
import { attachFiles, fileReferences } from "./attach.ts";
import { repositoryRoot } from "./discover.ts";
import { fencesOf } from "./fences.ts";
import { shown } from "./names.ts";
import { shellLine } from "./shell-line.ts";
import { permitsShell } from "./tools.ts";

interface Expansion {
  readonly command: CommandDoc;
  readonly call: CallArguments;
  readonly options: ExpandOptions;
  /** What Claude Code fills in for `${CLAUDE_…}`. */
  readonly folders: Readonly<Record<string, string>>;
  /** How many placeholders were met. */
  met: number;
}

/**
 * The text of a command for one call: arguments filled in, `!` lines run, `@file`s attached. The template is taken apart
 * before a value is put in, so a value can never add a `!` line, a placeholder or a file.
 */
export async function expandCommand(
  command: CommandDoc,
  args: string,
  options: ExpandOptions,
): Promise<string> {
  options.signal?.throwIfAborted();
  const call = readArguments(command, args);
  const root = await repositoryRoot(options.cwd);
  const expansion: Expansion = { command, call, options, folders: foldersOf(command, root), met: 0 };
  const pieces = piecesOf(command.body);
  if (options.native === true) refuseNativeShell(expansion, pieces);
  else checkShell(expansion, pieces);
  const texts: string[] = [];
  for (const piece of pieces) texts.push(await expandPiece(expansion, piece));
  const text = withRest(texts.join(""), expansion);
  const files =
    options.native === true ? "" : await attachFiles(referencesIn(expansion, pieces), { root, ...options });
  return skillPrefix(command) + text + files;
}

/** A part of a body: text, or a shell line that stands for its output. */
type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "shell"; readonly text: string; readonly line: string };

function piecesOf(body: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const fence of fencesOf(body).filter((each) => each.info === "!")) {
    pieces.push(...inlinePieces(body.slice(from, fence.start)));
    pieces.push({ kind: "shell", text: body.slice(fence.start, fence.end), line: fence.content });
    from = fence.end;
  }
  return [...pieces, ...inlinePieces(body.slice(from))];
}

function inlinePieces(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(/(?<=^|\s)!`([^`\n]+)`/gm)) {
    pieces.push({ kind: "text", text: text.slice(from, match.index) });
    pieces.push({ kind: "shell", text: match[0], line: match[1] ?? "" });
    from = match.index + match[0].length;
  }
  return [...pieces, { kind: "text", text: text.slice(from) }];
}

async function expandPiece(expansion: Expansion, piece: Piece): Promise<string> {
  const { command, call, options } = expansion;
  if (piece.kind === "text" || options.native === true) return fill(expansion, piece.text);
  const shell = shellLine(piece.line, { names: command.arguments, call });
  expansion.met += shell.met;
  if (!options.run) throw refused(command, piece.line, "this agent does not run it and no runner was given");
  const values = { ...expansion.folders, ...shell.values };
  const output = await options.run({ line: shell.line, values }, options.signal);
  options.signal?.throwIfAborted();
  return output.replace(/\n+$/, "");
}

function fill(expansion: Expansion, template: string): string {
  const { command, call, folders } = expansion;
  const one = ({ text, escaped, take }: Placeholder): string | undefined => {
    if (escaped) return text.slice(1);
    expansion.met += 1;
    return valueOf(take, call);
  };
  // The odd parts are the folders, so neither is read inside the other.
  return template
    .split(/(\$\{CLAUDE_[A-Z_]+\})/)
    .map((part, index) =>
      index % 2 === 1
        ? (folders[part.slice(2, -1)] ?? part)
        : replacePlaceholders(part, command.arguments, one),
    )
    .join("");
}

/** Arguments that no placeholder took are added at the end, as Claude Code does. */
function withRest(text: string, { call, met }: Expansion): string {
  return met === 0 && call.all.trim() !== "" ? `${text}\n\nARGUMENTS: ${call.all}` : text;
}

function skillPrefix(command: CommandDoc): string {
  return command.kind === "skill" ? `Base directory for this skill: ${dirname(command.file)}\n\n` : "";
}

function foldersOf(command: CommandDoc, root: string): Record<string, string> {
  const plugin = /^(.*?)\/(?:commands|skills)\//.exec(command.file)?.[1];
  return {
    CLAUDE_PROJECT_DIR: root,
    ...(command.kind === "skill" && { CLAUDE_SKILL_DIR: dirname(command.file) }),
    ...(command.origin === "plugin" && plugin !== undefined && { CLAUDE_PLUGIN_ROOT: plugin }),
  };
}

/** The `@file`s of the template, with arguments in their names filled in. */
function referencesIn(expansion: Expansion, pieces: readonly Piece[]): string[] {
  const { command, call } = expansion;
  return pieces
    .filter((piece) => piece.kind === "text")
    .flatMap((piece) => fileReferences(piece.text))
    .map((reference) =>
      replacePlaceholders(reference, command.arguments, ({ text, escaped, take }) =>
        escaped ? text.slice(1) : valueOf(take, call),
      ),
    );
}

/** Every `!` line must be permitted before the first one runs. */
function checkShell({ command, call, options }: Expansion, pieces: readonly Piece[]): void {
  for (const piece of pieces) {
    if (piece.kind !== "shell") continue;
    if (!options.run)
      throw refused(command, piece.line, "this agent does not run it and no runner was given");
    const { line } = shellLine(piece.line, { names: command.arguments, call });
    if (!permitsShell(command.allowedTools, line))
      throw refused(command, piece.line, "the command's allowed-tools do not name Bash for it");
  }
}

function refused(command: CommandDoc, line: string, why: string): TuttiError {
  return new TuttiError(
    "UNSUPPORTED",
    `Cannot run "!\`${shown(line)}\`" of "/${shown(command.name)}": ${why}`,
    {
      fix: "run it on Claude Code, name Bash in allowed-tools, or make the line a step of its own with run:",
    },
  );
}

/** Claude Code puts arguments in as text before it runs `!` lines, so a value could become a command there. */
function refuseNativeShell({ command, call }: Expansion, pieces: readonly Piece[]): void {
  const lines = pieces.filter((piece) => piece.kind === "shell");
  const reached = lines.some((piece) => shellLine(piece.line, { names: command.arguments, call }).met > 0);
  const harmless = /^[\p{L}\p{N}_ \t.,:@%+=/-]*$/u.test(call.all);
  if (!/!`|```!/.test(call.all) && (harmless || !reached)) return;
  const why = reached
    ? "the command puts them into a shell line, and they hold characters that a shell reads"
    : "they hold a shell line, which Claude Code would run";
  throw new TuttiError(
    "ARGUMENTS_INVALID",
    `Cannot call "/${shown(command.name)}" with these arguments: ${why}`,
    {
      fix: "leave these characters out, or hand the value over in a file",
    },
  );
}
