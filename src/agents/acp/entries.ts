import type { AcpEntry } from "./entry.ts";

/** How programs reach the network, whatever they are. */
const network = ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];
const certificates = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_*"];

const plain: Omit<AcpEntry, "name" | "program" | "install" | "login"> = {
  args: [],
  env: {},
  passes: [...network, ...certificates],
  commands: "text",
  thinking: false,
  options: {},
  allow: "edit",
  holdsTools: false,
  titleIsCommand: false,
  tellsCost: false,
  resumes: true,
};

/** The agents that need no entry in the settings. */
export const builtIn: readonly AcpEntry[] = [
  {
    ...plain,
    name: "claude-acp",
    program: "claude-agent-acp",
    env: {
      CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: "1",
      CLAUDE_CODE_MAX_RETRIES: "2",
      DISABLE_AUTOUPDATER: "1",
    },
    passes: [
      ...plain.passes,
      "ANTHROPIC_*",
      "CLAUDE_*",
      "AWS_*",
      "GOOGLE_*",
      "CLOUD_ML_*",
      "VERTEX_*",
      "DISABLE_*",
    ],
    commands: "native",
    model: { option: "model" },
    thinking: true,
    options: { mode: "default" },
    holdsTools: true,
    meta: "claude",
    tellsCost: true,
    install: "npm install -g @agentclientprotocol/claude-agent-acp",
    login: "log in with `claude` then /login, or set ANTHROPIC_API_KEY",
  },
  {
    ...plain,
    name: "gemini",
    program: "gemini",
    // In a folder that it does not trust it takes no MCP servers.
    args: ["--acp", "--skip-trust"],
    // Else it starts itself once more, with more memory.
    env: { GEMINI_CLI_NO_RELAUNCH: "true" },
    passes: [...plain.passes, "GEMINI_*", "GOOGLE_*"],
    model: { argument: "--model" },
    holdsTools: true,
    titleIsCommand: true,
    // By itself it asks only before it changes something.
    file: {
      argument: "--policy",
      name: "policy.toml",
      text: '[[rule]]\ntoolName = "*"\ndecision = "ask_user"\npriority = 900\n',
    },
    install: "npm install -g @google/gemini-cli",
    login: "log in with `gemini`, or set GEMINI_API_KEY",
  },
  {
    ...plain,
    name: "opencode",
    program: "opencode",
    args: ["acp"],
    // By itself it asks for nothing.
    env: { OPENCODE_PERMISSION: '{"*":"ask"}', OPENCODE_DISABLE_AUTOUPDATE: "1" },
    passes: [
      ...plain.passes,
      "OPENCODE_*",
      "ANTHROPIC_*",
      "OPENAI_*",
      "GEMINI_*",
      "GOOGLE_*",
      "AWS_*",
      "AZURE_*",
    ],
    model: { option: "model" },
    holdsTools: true,
    tellsCost: true,
    install: "npm install -g opencode-ai",
    login: "log in with `opencode auth login`",
  },
  {
    ...plain,
    name: "codex",
    program: "codex-acp",
    env: { NO_BROWSER: "1", DEFAULT_AUTH_REQUEST: '{"methodId":"api-key"}' },
    passes: [...plain.passes, "OPENAI_*", "CODEX_*", "MODEL_PROVIDER"],
    model: { option: "model" },
    thinking: true,
    // It runs what stays in its sandbox and asks for the rest; in its own mode another model would be asked instead.
    options: { mode: "workspace-write" },
    install: "npm install -g @agentclientprotocol/codex-acp",
    login: "log in with `codex login`, or set OPENAI_API_KEY",
  },
];

/** What the settings say of an agent. */
export interface DeclaredAgent {
  readonly command?: string | undefined;
  readonly args?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly commands?: AcpEntry["commands"] | undefined;
  readonly model?: AcpEntry["model"] | undefined;
  readonly allow?: AcpEntry["allow"] | undefined;
  readonly asks_always?: boolean | undefined;
}

/** What the settings say, on top of what is built in under the same name; undefined when no program is named. */
export function declaredEntry(name: string, said: DeclaredAgent): AcpEntry | undefined {
  const base = builtIn.find((entry) => entry.name === name) ?? unknown(name, said.command);
  if (!base) return undefined;
  return {
    ...base,
    program: said.command ?? base.program,
    args: said.args ?? base.args,
    env: { ...base.env, ...said.env },
    commands: said.commands ?? base.commands,
    allow: said.allow ?? base.allow,
    holdsTools: said.asks_always ?? base.holdsTools,
    ...(said.model ? { model: said.model } : {}),
  };
}

function unknown(name: string, program: string | undefined): AcpEntry | undefined {
  if (program === undefined) return undefined;
  return {
    ...plain,
    name,
    program,
    install: `install ${program}, or correct agents.${name}.acp.command in tutti.yaml`,
    login: `start ${program} by hand and log in`,
  };
}
