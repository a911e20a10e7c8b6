import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { messageOf } from "../../../errors.ts";
import type { JsonObject } from "../../../expression/json.ts";
import { pathFrom, placeToRead, placeToWrite } from "./place.ts";
import { argumentsOf, isBinary, maxCharacters, textOf } from "./texts.ts";
import { type Site, type Tool, ToolFailed } from "./tool.ts";

const maxReadBytes = 16 * 1024 * 1024;
const path = { type: "string", description: "Path of the file, from the folder you work in." };

export const readTool: Tool = {
  name: "read_file",
  description: "Reads a text file. A long one comes in parts: say from which line on.",
  inputSchema: argumentsOf(
    {
      path,
      from_line: { type: "integer", minimum: 1, description: "First line to read; default: 1." },
      lines: { type: "integer", minimum: 1, description: "How many lines; default: as many as fit." },
    },
    ["path"],
  ),
  changes: false,
  label: (input) => `Read(${textOf(input, "path")})`,
  use: async (input, { cwd }) => {
    const text = await textIn(await placeToRead(cwd, textOf(input, "path")), textOf(input, "path"));
    return part(text, { from: numberOf(input, "from_line") ?? 1, lines: numberOf(input, "lines") });
  },
};

export const writeTool: Tool = {
  name: "write_file",
  description: "Writes a file, with the folders on its way. What was there before is replaced.",
  inputSchema: argumentsOf({ path, content: { type: "string" } }, ["path", "content"]),
  changes: true,
  label: (input) => `Write(${textOf(input, "path")})`,
  use: async (input, { cwd }) => {
    const content = textOf(input, "content");
    await write(input, { cwd, content });
    return `Written: ${Buffer.byteLength(content)} bytes.`;
  },
};

export const editTool: Tool = {
  name: "edit_file",
  description:
    "Replaces a text in a file by another. The old text must be there exactly once, or `all` must be true.",
  inputSchema: argumentsOf(
    {
      path,
      old_text: { type: "string", minLength: 1 },
      new_text: { type: "string" },
      all: { type: "boolean", description: "Replace it everywhere; default: false." },
    },
    ["path", "old_text", "new_text"],
  ),
  changes: true,
  label: (input) => `Edit(${textOf(input, "path")})`,
  use: async (input, { cwd }) => {
    const name = textOf(input, "path");
    const target = await placeToWrite(cwd, name);
    const text = await textIn(target, name);
    const old = textOf(input, "old_text");
    const count = text.split(old).length - 1;
    if (count === 0) throw new ToolFailed(`The old text is not in "${name}". Read the file again.`);
    if (count > 1 && input["all"] !== true)
      throw new ToolFailed(`The old text is ${count} times in "${name}". Give more of what is around it.`);
    await write(input, { cwd, content: text.replaceAll(old, () => textOf(input, "new_text")) });
    return `Replaced ${count === 1 ? "once" : `${count} times`}.`;
  },
};

async function write(
  input: JsonObject,
  { cwd, content }: { readonly cwd: string; readonly content: string },
): Promise<void> {
  const name = textOf(input, "path");
  const target = await placeToWrite(cwd, name);
  try {
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content);
  } catch (error) {
    throw new ToolFailed(`Cannot write "${name}": ${messageOf(error)}`);
  }
}

async function textIn(file: string, name: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > maxReadBytes) throw new ToolFailed(`"${name}" has ${size} bytes: search in it instead.`);
    const bytes = await readFile(file);
    if (isBinary(bytes)) throw new ToolFailed(`"${name}" is no text.`);
    return bytes.toString("utf8");
  } catch (error) {
    if (error instanceof ToolFailed) throw error;
    throw new ToolFailed(`Cannot read "${name}": ${messageOf(error)}`);
  }
}

function part(
  text: string,
  { from, lines }: { readonly from: number; readonly lines: number | undefined },
): string {
  const all = text.split("\n");
  const wanted = all.slice(from - 1, lines === undefined ? undefined : from - 1 + lines);
  const fitting: string[] = [];
  let length = 0;
  for (const line of wanted) {
    length += line.length + 1;
    if (length > maxCharacters && fitting.length > 0) break;
    fitting.push(line.slice(0, maxCharacters));
  }
  const next = from + fitting.length;
  const rest = next <= all.length && wanted.length > 0 && (lines === undefined || fitting.length < lines);
  return rest
    ? `${fitting.join("\n")}\n(${all.length} lines in all: go on with from_line ${next})`
    : fitting.join("\n");
}

function numberOf(input: JsonObject, key: string): number | undefined {
  const value = input[key];
  return typeof value === "number" ? value : undefined;
}

/** What a rule is about that names a path. */
export function subjectOf(input: JsonObject, { cwd }: Pick<Site, "cwd">): string {
  return pathFrom(cwd, textOf(input, "path"));
}
