import { once } from "node:events";
import type { Writable } from "node:stream";
import type { ProcessCommand } from "../ports/processes.ts";

/** Gives a program its standard input; a text at once, what comes over time as it comes. Never throws. */
export function giveInput(stdin: Writable | null, input: ProcessCommand["input"]): void {
  if (!stdin || input === undefined) return;
  stdin.on("error", () => {
    // The program ended or closed its input without reading all of it, which is its right.
  });
  if (typeof input === "string") stdin.end(input);
  else void feed(stdin, input[Symbol.asyncIterator]());
}

async function feed(stdin: Writable, parts: AsyncIterator<string>): Promise<void> {
  const closed = new Promise<undefined>((resolve) => {
    stdin.once("close", () => resolve(undefined));
  });
  try {
    for (;;) {
      const part = await Promise.race([closed, parts.next()]);
      if (part === undefined || part.done === true) break;
      if (!stdin.write(part.value)) await Promise.race([closed, once(stdin, "drain")]);
    }
  } catch {
    // Whoever gives the input has failed: the program sees its end.
  }
  stdin.end();
  void Promise.resolve(parts.return?.()).catch(() => undefined);
}
