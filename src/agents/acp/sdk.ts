import type * as AcpSdk from "@agentclientprotocol/sdk";

export type Sdk = typeof AcpSdk;

export const installSdk = "npm install @agentclientprotocol/sdk@2 (with -g when tutti was installed so)";

/** The library of the protocol; it is an optional part, so that only who uses such agents installs it. */
export async function loadSdk(): Promise<Sdk | undefined> {
  try {
    return await import("@agentclientprotocol/sdk");
  } catch {
    return undefined;
  }
}
