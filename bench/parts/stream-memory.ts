import { createWriteStream } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { runNode } from "../child.ts";
import { buildPackage } from "../packed.ts";
import type { MeasurePart } from "../part.ts";

/** Of the input; TUTTI_BENCH_MB asks for another size. */
const usualMb = 500;
const recordBytes = 2000;
const workflow = `name: slow
limits: {time: 10h}
pipeline:
  source: {jsonl: in.jsonl}
  stages:
    - {name: cut, run: "cut -c1-16 | sed 's/$/\\"}/'", batch_size: 500, parallelism: 2}
  sink: {jsonl: out.jsonl}
`;

/** Peak memory of the published program while a large file goes through a stage that is slower than its source. */
export const measureStreamMemory: MeasurePart = async ({ dir, root, tell }) => {
  const mb = Number(process.env["TUTTI_BENCH_MB"] ?? usualMb);
  const packageDir = join(dir, "package");
  const cwd = join(dir, "work");
  await mkdir(packageDir);
  await mkdir(cwd);
  tell("building the package");
  const packed = await buildPackage(root, packageDir);
  tell(`writing ${mb} MB`);
  await pipeline(Readable.from(lines((mb * 1e6) / recordBytes)), createWriteStream(join(cwd, "in.jsonl")));
  await writeFile(join(cwd, "slow.yaml"), workflow);
  tell("through a shell line, 500 records at a time");
  const peak = join(dir, "peak");
  const preload = fileURLToPath(new URL("../children/peak.ts", import.meta.url));
  const { code, durationMs } = await runNode(
    ["--import", preload, packed, "run", "slow.yaml", "--quiet", "--home", join(dir, "home")],
    { cwd, env: { TUTTI_BENCH_PEAK: peak } },
  );
  if (code !== 0) throw new Error(`slow.yaml ended with ${code}`);
  const note = `${mb} MB of records of ${recordBytes} bytes through a shell line, in ${Math.round(durationMs / 1000)} s`;
  const value = Number(await readFile(peak, "utf8")) / 1e6;
  return { figures: [{ name: "stream_memory.peak_mb", value, unit: "MB", note, target: { atMost: 250 } }] };
};

/** Some MB at once. */
function* lines(count: number): Generator<string> {
  const text = "x".repeat(recordBytes - 30);
  for (let from = 0; from < count; from += 1000) {
    const some = Array.from({ length: Math.min(1000, count - from) }, (_, index) => {
      const id = String(from + index).padStart(9, "0");
      return `{"id":"${id}","text":"${text}"}\n`;
    });
    yield some.join("");
  }
}
