import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createAcpAgent, type AcpOptions } from "../../src/agents/acp/acp.ts";
import type { AcpEntry } from "../../src/agents/acp/entry.ts";
import { createProcesses } from "../../src/processes/supervisor.ts";

const entry: AcpEntry = {
  name: "fake",
  program: fileURLToPath(new URL("fake-acp.js", import.meta.url)),
  args: ["--acp"],
  env: {},
  passes: [],
  commands: "native",
  model: { option: "model" },
  thinking: true,
  options: { mode: "default" },
  allow: "edit",
  holdsTools: true,
  titleIsCommand: false,
  tellsCost: true,
  resumes: true,
  install: "npm install -g fake",
  login: "log in with `fake login`",
};

/** The driver on the played agent of fake-acp.js, whose home this is. */
export function fakeAcpAgent(
  home: string,
  { entry: over, ...more }: Partial<Omit<AcpOptions, "entry">> & { readonly entry?: Partial<AcpEntry> } = {},
) {
  return createAcpAgent({
    entry: { ...entry, ...over },
    processes: createProcesses(),
    clock: { now: () => Date.now(), at: () => () => {} },
    environment: process.env,
    stepEnvironment: {
      PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}`,
      HOME: home,
    },
    dir: join(home, "sessions"),
    ...more,
  });
}
