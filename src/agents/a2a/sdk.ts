import type * as A2aTypes from "@a2a-js/sdk";
import type * as A2aClient from "@a2a-js/sdk/client";
import { TuttiError } from "../../errors.ts";

export type Sdk = typeof A2aTypes & typeof A2aClient;

/** The A2A library; it is an optional part, so that only who has remote agents installs it. */
export async function loadSdk(): Promise<Sdk> {
  try {
    const [types, client] = await Promise.all([import("@a2a-js/sdk"), import("@a2a-js/sdk/client")]);
    return { ...types, ...client };
  } catch (cause) {
    throw new TuttiError(
      "AGENT_UNAVAILABLE",
      "Cannot use agents of the A2A protocol: the package @a2a-js/sdk is not installed",
      { fix: "npm install @a2a-js/sdk@1 (with -g when tutti was installed so)", cause },
    );
  }
}
