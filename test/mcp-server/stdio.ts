// A server of the newer and the older protocol over standard input and output.
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { createToolServer, note } from "./tools.ts";

note(process.pid);
process.stderr.write("the server is up\n");
serveStdio(() => createToolServer());
