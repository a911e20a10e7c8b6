import { createHash } from "node:crypto";

/** A UUID (version 8 of RFC 9562: made from a hash) that is the same for the same effect of the same run. */
export function sessionIdOf(place: { readonly runId: string; readonly effectId: string }): string {
  const hex = createHash("sha256").update(`${place.runId}\n${place.effectId}`).digest("hex");
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
