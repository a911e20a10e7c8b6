import type { CallToolResult } from "@modelcontextprotocol/client";
import { type Json, parseJson } from "../expression/json.ts";

/** What a tool gave back. */
export interface McpResult {
  /** The tool says that it failed; its text says why. */
  readonly isError: boolean;
  /** Its structured content, else its text as JSON, else its text. */
  readonly output: Json;
  /** All its text. */
  readonly text: string;
  /** What is no text: images, sound, files. */
  readonly blobs: readonly McpBlob[];
}

export interface McpBlob {
  readonly mimeType: string;
  readonly bytes: Uint8Array;
}

export function readResult(result: CallToolResult): McpResult {
  const content = result.content ?? [];
  const text = content.flatMap((block) => textIn(block) ?? []).join("\n");
  return {
    isError: result.isError === true,
    output: (result.structuredContent as Json | undefined) ?? valueOf(text),
    text,
    blobs: content.flatMap((block) => blobIn(block) ?? []),
  };
}

type Block = CallToolResult["content"][number];

function textIn(block: Block): string | undefined {
  if (block.type === "text") return block.text;
  if (block.type === "resource_link") return block.uri;
  return block.type === "resource" && "text" in block.resource ? block.resource.text : undefined;
}

function blobIn(block: Block): McpBlob | undefined {
  if (block.type === "image" || block.type === "audio")
    return { mimeType: block.mimeType, bytes: Buffer.from(block.data, "base64") };
  if (block.type !== "resource" || !("blob" in block.resource)) return undefined;
  const { mimeType = "application/octet-stream", blob } = block.resource;
  return { mimeType, bytes: Buffer.from(blob, "base64") };
}

function valueOf(text: string): Json {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}
