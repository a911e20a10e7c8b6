import type { McpServer } from "../ports/agent.ts";

/** An MCP server of one tool, `say`, whose answer is a word that it finds in its environment. */
export function wordServer(word: string): McpServer {
  return { command: process.execPath, args: ["-e", source], env: { WORD_TO_SAY: word } };
}

/** Newline-delimited JSON-RPC on stdin and stdout; as text, so that it runs wherever Node does. */
const source = `
const answers = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: "words", version: "1" },
  }),
  ping: () => ({}),
  "tools/list": () => ({
    tools: [{ name: "say", description: "Says the word", inputSchema: { type: "object", properties: {} } }],
  }),
  "tools/call": () => ({ content: [{ type: "text", text: process.env.WORD_TO_SAY }] }),
};
const lines = require("node:readline").createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  const answer = answers[method];
  const body = answer ? { result: answer(params) } : { error: { code: -32601, message: "no " + method } };
  process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, ...body }) + "\\n");
});
`;
