import { fileURLToPath } from "node:url";

/**
 * What tests start as `tutti`: the package as it is published, where `npm test` has built it (its bundle starts in
 * half the time); else the source of this checkout.
 */
export const bin =
  process.env["PROGRAM_UNDER_TEST"] ?? fileURLToPath(new URL("../bin/tutti.js", import.meta.url));
