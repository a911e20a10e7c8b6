import type { AgentProbe } from "../../ports/agent.ts";
import { messageOf } from "../../errors.ts";
import { numberField, objectField, textField } from "../fields.ts";
import { oneLine } from "../one-line.ts";
import type { AcpOptions } from "./acp.ts";
import { launch, passed } from "./launch.ts";
import { openLink } from "./link.ts";
import { installSdk, loadSdk } from "./sdk.ts";
import { introduction } from "./session.ts";

const timeoutMs = 20_000;

/** Those that can be used, by how they are started: for the life of this process they need not be started again. */
const usable = new Map<string, AgentProbe>();

export async function probe(options: AcpOptions, signal: AbortSignal): Promise<AgentProbe> {
  signal.throwIfAborted();
  const key = startOf(options);
  const before = usable.get(key);
  if (before) return before;
  const found = await introduce(options, signal);
  if (found.available) usable.set(key, found);
  return found;
}

function startOf({ entry, environment, stepEnvironment }: AcpOptions): string {
  const { program, args, env, passes } = entry;
  return JSON.stringify([program, args, env, passed(environment, passes), stepEnvironment]);
}

/** Introduces tutti to the agent and asks nothing of it: no session is begun, no model is asked. */
async function introduce(
  { entry, processes, environment, stepEnvironment }: AcpOptions,
  signal: AbortSignal,
): Promise<AgentProbe> {
  const sdk = await loadSdk();
  if (!sdk)
    return {
      available: false,
      reason: "the package @agentclientprotocol/sdk is not installed",
      fix: installSdk,
    };
  signal.throwIfAborted();
  const context = { cwd: process.cwd(), env: stepEnvironment };
  const launched = await launch({ entry, environment, context });
  const link = openLink({
    sdk,
    processes,
    command: { ...launched.command, timeoutMs },
    onUpdate: () => undefined,
    onPermission: () => Promise.resolve({ outcome: { outcome: "cancelled" } }),
    onLine: () => undefined,
  });
  const onAbort = (): void => void link.stop();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const about = await link.request("initialize", introduction());
    const version = textField(objectField(about, "agentInfo"), "version") ?? "unknown";
    if (numberField(about, "protocolVersion") === 1) return { available: true, version };
    return { available: false, version, reason: "it does not speak ACP v1", fix: entry.install };
  } catch (error) {
    signal.throwIfAborted();
    const ended = link.result;
    const reason =
      ended?.error ??
      (oneLine(ended?.stderr.trim().split("\n").slice(-3).join(" ") ?? "") || messageOf(error));
    return { available: false, reason, fix: entry.install };
  } finally {
    signal.removeEventListener("abort", onAbort);
    await link.stop();
    await launched.remove();
  }
}
