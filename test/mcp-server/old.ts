// A server of the older protocol only, as those are that end at any message before `initialize`.
import { createInterface } from "node:readline";
import { note } from "./tools.ts";

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly protocolVersion?: string; readonly name?: string };
}

note(process.pid);
let isReady = false;
const answer = (id: number | undefined, result: object): void => {
  if (id !== undefined) process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, result })}\n`);
};
process.stdout.write("a line that is no message\n");
createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line) as Message;
  if (method === "initialize") {
    isReady = true;
    const serverInfo = { name: "old", version: "1" };
    return answer(id, { protocolVersion: params?.protocolVersion, capabilities: { tools: {} }, serverInfo });
  }
  if (!isReady) process.exit(1);
  if (method === "tools/list")
    return answer(id, { tools: [{ name: "hello", inputSchema: { type: "object" } }] });
  if (method === "tools/call") return answer(id, { content: [{ type: "text", text: '{"hello": "world"}' }] });
});
