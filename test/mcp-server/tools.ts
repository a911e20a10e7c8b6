import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { inputRequired, McpServer, type ServerContext } from "@modelcontextprotocol/server";
import { z } from "zod";

const nothing = z.object({});

/** A server with a tool for everything that a tool can do to its caller. */
export function createToolServer(): McpServer {
  const server = new McpServer({ name: "test", version: "1.0.0" });
  addGood(server);
  addBad(server);
  return server;
}

function addGood(server: McpServer): void {
  const sum = z.object({ sum: z.number() });
  const numbers = z.object({ a: z.number(), b: z.number() });
  const description = "Adds two numbers";
  server.registerTool("add", { description, inputSchema: numbers, outputSchema: sum }, async ({ a, b }) => ({
    content: [{ type: "text", text: `${a + b}` }],
    structuredContent: { sum: a + b },
  }));
  const words = z.object({ text: z.string() });
  server.registerTool("say", { inputSchema: words }, async ({ text }) => ({
    content: [{ type: "text", text }],
  }));
  const size = z.object({ bytes: z.number() });
  server.registerTool("long", { inputSchema: size }, async ({ bytes }) => ({
    content: [{ type: "text", text: "x".repeat(bytes) }],
  }));
  const name = z.object({ name: z.string() });
  server.registerTool("variable", { inputSchema: name }, async ({ name }) => ({
    content: [{ type: "text", text: process.env[name] ?? "" }],
  }));
  server.registerTool("picture", { inputSchema: nothing }, async () => ({
    content: [
      { type: "text", text: "here it is" },
      { type: "image", mimeType: "image/png", data: Buffer.from("no picture").toString("base64") },
    ],
  }));
  server.registerTool(
    "slow",
    { inputSchema: z.object({ rounds: z.number() }) },
    async ({ rounds }, context) => {
      for (let round = 1; round <= rounds; round += 1) {
        await new Promise((resolve) => setTimeout(resolve, 60));
        await tell(context, { progress: round, total: rounds, message: "grinding" });
      }
      return { content: [{ type: "text", text: "done" }] };
    },
  );
}

interface Told {
  readonly progress: number;
  readonly total: number;
  readonly message: string;
}

async function tell({ mcpReq }: ServerContext, progress: Told): Promise<void> {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken !== undefined)
    await mcpReq.notify({ method: "notifications/progress", params: { progressToken, ...progress } });
}

function addBad(server: McpServer): void {
  server.registerTool("fail", { inputSchema: nothing }, async () => ({
    isError: true,
    content: [{ type: "text", text: "no luck today" }],
  }));
  server.registerTool("die", { inputSchema: nothing }, async () => {
    process.stderr.write("the disk is gone\n");
    process.exit(7);
  });
  server.registerTool("hang", { inputSchema: nothing }, async (_args, { mcpReq }) => {
    // whoever watches for what is left says where to note it
    if (process.env["PID_FILE"] !== undefined) note(spawn("sleep", ["1000"], { stdio: "ignore" }).pid);
    await new Promise((resolve) => mcpReq.signal.addEventListener("abort", resolve));
    return { content: [] };
  });
  server.registerTool("ask", { inputSchema: nothing }, async () =>
    inputRequired({
      inputRequests: {
        ok: inputRequired.elicit({
          message: "Go on?",
          requestedSchema: { type: "object", properties: { yes: { type: "boolean" } } },
        }),
      },
    }),
  );
}

/** Where a test looks for the programs that run. */
export function note(pid: number | undefined): void {
  const file = process.env["PID_FILE"];
  if (file !== undefined && pid !== undefined) appendFileSync(file, `${pid}\n`);
}
