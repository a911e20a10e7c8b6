/** Loaded before a program: writes its peak resident memory, bytes, into the file that TUTTI_BENCH_PEAK names when it ends. */
import { writeFileSync } from "node:fs";

const file = process.env["TUTTI_BENCH_PEAK"];
if (file !== undefined)
  process.on("exit", () => writeFileSync(file, String(process.resourceUsage().maxRSS * 1024)));
