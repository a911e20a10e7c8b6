/** What every call needs so that tutti learns the truth about it. */
const held: Readonly<Record<string, string>> = {
  // Background work would answer later, when the process is thought to be done.
  CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: "1",
  CLAUDE_CODE_STARTUP_FAILURE_RESULTS: "1",
  // A refusal has to reach tutti, which can park the run, instead of being waited for inside the program.
  CLAUDE_CODE_MAX_RETRIES: "2",
  DISABLE_AUTOUPDATER: "1",
};

/** Carried by everything a session starts, so that it can be found and ended. */
export const sessionMark = "TUTTI_SESSION";

export interface Surroundings {
  readonly provider: Readonly<Record<string, string>>;
  /** The step's environment; it wins over the provider's. */
  readonly step: Readonly<Record<string, string>>;
  readonly home: string | undefined;
  readonly sessionId: string;
}

export function callEnvironment({ provider, step, home, sessionId }: Surroundings): Record<string, string> {
  return {
    ...provider,
    ...step,
    ...held,
    ...(home === undefined ? {} : { HOME: home }),
    [sessionMark]: sessionId,
  };
}

const providerNames =
  /^(?:ANTHROPIC_|CLAUDE_CODE_|CLAUDE_CONFIG_DIR$|AWS_|GOOGLE_|CLOUD_ML_|VERTEX_|https?_proxy$|no_proxy$|NODE_EXTRA_CA_CERTS$|SSL_CERT_|API_TIMEOUT_MS$|MCP_|DISABLE_TELEMETRY$|DISABLE_ERROR_REPORTING$)/i;
/** These tell the program that it runs inside another session of itself. */
const nesting = /^CLAUDE_CODE_(?:ENTRYPOINT|SSE_PORT|SESSION_ID|CHILD_SESSION)$/;

/** The part of an environment with which the program reaches and pays its model. */
export function providerEnvironment(
  source: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(source))
    if (value !== undefined && providerNames.test(name) && !nesting.test(name)) found[name] = value;
  return found;
}
