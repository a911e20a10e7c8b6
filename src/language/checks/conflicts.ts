import { blocksIn, type NameUse, type StepDraft } from "../drafts.ts";
import { shown } from "../read/loading.ts";
import { fixedSegments, type Glob, globFault, globsOverlap, parseGlob } from "./globs.ts";
import { allSteps } from "./names.ts";
import type { ScopeIndex } from "./scope.ts";

/** Reports globs that cannot be used. */
export function checkGlobs({ report, workflow }: ScopeIndex): void {
  for (const step of allSteps(workflow.block)) {
    for (const { name, spot } of [...step.reads, ...step.writes]) {
      const fault = globFault(name);
      if (fault === undefined) continue;
      const message = `Cannot use the glob "${shown(name)}": ${fault}`;
      report.add({ code: "BAD_VALUE", message, fix: "write a glob such as src/**", at: spot });
    }
  }
}

/**
 * Adds a need for every conflict of files between steps of one block (a write with a write, a write with a read),
 * from the later step of the given order to the earlier one; because that order fits all other needs, no cycle can
 * come of it. Conflicts that follow from others are left out, so a thousand writers of one folder make a line.
 */
export function addConflicts(ordered: readonly StepDraft[], dormant: ReadonlySet<string>): void {
  const table = new GlobTable();
  for (const step of ordered) {
    if (dormant.has(step.name)) continue;
    const { reads, writes } = filesOf(step);
    for (const glob of reads) visit(table, { step, glob, writes: false });
    for (const glob of writes) visit(table, { step, glob, writes: true });
    for (const glob of reads) table.entry(glob).readers.push(step);
    for (const glob of writes) {
      const entry = table.entry(glob);
      entry.writer = step;
      entry.readers = [];
    }
  }
}

interface Visit {
  readonly step: StepDraft;
  readonly glob: string;
  readonly writes: boolean;
}

function visit(table: GlobTable, { step, glob, writes }: Visit): void {
  for (const other of table.overlapping(glob)) {
    const earlier = writes ? [other.writer, ...other.readers] : [other.writer];
    for (const needed of earlier) {
      if (!needed || needed === step || step.needs.has(needed.name)) continue;
      const detail = other.glob.text === glob ? glob : `${other.glob.text} and ${glob}`;
      step.needs.set(needed.name, { step: needed.name, because: "conflict", detail });
    }
  }
}

interface Files {
  readonly reads: ReadonlySet<string>;
  readonly writes: ReadonlySet<string>;
}

/** What a step reads and writes, a group with all that lies in it. */
function filesOf(step: StepDraft): Files {
  const inner = blocksIn(step).flatMap((block) => [...allSteps(block)]);
  const all = [step, ...inner];
  const globs = (uses: readonly NameUse[]) =>
    uses.flatMap(({ name }) => (globFault(name) === undefined ? [name] : []));
  return {
    reads: new Set(all.flatMap((one) => globs(one.reads))),
    writes: new Set(all.flatMap((one) => globs(one.writes))),
  };
}

interface GlobEntry {
  readonly glob: Glob;
  writer: StepDraft | undefined;
  readers: StepDraft[];
  /** All entries that overlap with this one, itself included; grows when new globs come. */
  readonly overlaps: Set<GlobEntry>;
}

interface TrieNode {
  readonly entries: Set<GlobEntry>;
  readonly children: Map<string, TrieNode>;
}

/** Every distinct glob of a block, found by its leading fixed segments: only those that can overlap are compared. */
class GlobTable {
  readonly #entries = new Map<string, GlobEntry>();
  readonly #root: TrieNode = { entries: new Set(), children: new Map() };

  entry(text: string): GlobEntry {
    const known = this.#entries.get(text);
    if (known) return known;
    const glob = parseGlob(text);
    const entry: GlobEntry = { glob, writer: undefined, readers: [], overlaps: new Set() };
    this.#entries.set(text, entry);
    const candidates = new Set([entry]);
    for (const pattern of glob.patterns) this.#insert(fixedSegments(pattern), entry, candidates);
    for (const other of candidates) {
      if (other !== entry && !globsOverlap(glob, other.glob)) continue;
      entry.overlaps.add(other);
      other.overlaps.add(entry);
    }
    return entry;
  }

  overlapping(text: string): ReadonlySet<GlobEntry> {
    return this.entry(text).overlaps;
  }

  /** Puts the entry at its fixed segments and collects those above and below, which alone can overlap with it. */
  #insert(path: readonly string[], entry: GlobEntry, candidates: Set<GlobEntry>): void {
    let node = this.#root;
    for (const other of node.entries) candidates.add(other);
    for (const segment of path) {
      const child = node.children.get(segment) ?? { entries: new Set(), children: new Map() };
      node.children.set(segment, child);
      node = child;
      for (const other of node.entries) candidates.add(other);
    }
    node.entries.add(entry);
    const open = [...node.children.values()];
    for (let below = open.pop(); below; below = open.pop()) {
      for (const other of below.entries) candidates.add(other);
      open.push(...below.children.values());
    }
  }
}
