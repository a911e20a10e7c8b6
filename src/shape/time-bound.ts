import { createContext, Script } from "node:vm";

// V8 ends work that runs under a script with a timeout wherever it is, inside a regular expression too.
const slot: { work: () => void } = { work: () => {} };
const context = createContext(slot);
const script = new Script("work()");

/** The result of a computation; undefined when it took longer than `maxMs` and was ended. Throws what it throws. */
export function timeBound<T>(maxMs: number, compute: () => T): { readonly value: T } | undefined {
  let result: { readonly value: T } | undefined;
  slot.work = () => {
    result = { value: compute() };
  };
  try {
    script.runInContext(context, { timeout: maxMs });
    return result;
  } catch (error) {
    if (isTimeout(error)) return undefined;
    throw error;
  } finally {
    slot.work = () => {};
  }
}

/** The error comes from the other context, so it is no instance of our Error. */
function isTimeout(error: unknown): boolean {
  return (
    typeof error === "object" &&
    error !== null &&
    "code" in error &&
    error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT"
  );
}
