/** Work of writers that landed one after the other, of which one broke something. */
export interface Bisection {
  /** The commits that they landed as, oldest first; the last one is known not to hold. */
  readonly landings: readonly string[];
  /** A commit before them all, at which it held. */
  readonly good: string;
  /** Whether it holds at a commit. */
  readonly check: (commit: string) => Promise<boolean>;
}

export interface Fault {
  /** The landing since which it does not hold. */
  readonly commit: string;
  /** How often it was checked. */
  readonly tried: number;
  /** `false`: what was checked contradicts itself, or does not hold before any of them; the commit is a guess then. */
  readonly sure: boolean;
}

/**
 * The first landing at which it does not hold, by halving. What it finds it checks once more, on both sides: a check that fails now and
 * then blames nobody for certain. Undefined when nothing has landed.
 */
export async function writerAtFault(
  { landings, good, check }: Bisection,
  signal: AbortSignal,
): Promise<Fault | undefined> {
  const commits = [good, ...landings];
  let tried = 0;
  const holdsAt = async (at: number): Promise<boolean> => {
    signal.throwIfAborted();
    tried += 1;
    return check(commits[at] ?? good);
  };
  let [holds, breaks] = [0, landings.length];
  if (breaks === 0) return undefined;
  while (breaks - holds > 1) {
    const middle = Math.floor((holds + breaks) / 2);
    if (await holdsAt(middle)) holds = middle;
    else breaks = middle;
  }
  const sure = (await holdsAt(holds)) && !(await holdsAt(breaks));
  return { commit: commits[breaks] ?? good, tried, sure };
}
