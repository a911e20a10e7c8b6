import { setFlagsFromString } from "node:v8";

/**
 * Keeps the heap of this process small while the records of a pipeline pass through it: nearly all of them are garbage soon, which
 * V8 lets grow to 64 MB of young objects and to four times what is alive of old ones. From now on the young ones get no more room than they
 * have, and the old ones half of that. Only for a process of tutti's own: a program that embeds tutti decides for itself.
 *
 * Measured (2 cores, Node 24, 250,000 records of 2 kB through a shell stage): 177 MB resident instead of 339, 4 % more processor time.
 * A young generation that never grew would take 143 MB, but a third more processor time for small records.
 */
export function keepHeapLean(): void {
  for (const flag of ["--semi-space-growth-factor=1", "--heap-growing-percent=150"]) setFlagsFromString(flag);
}
