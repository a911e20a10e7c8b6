import { type InputFlags, inputsOf } from "./flags.ts";
import { type Fitted, fitPattern, type PatternFlags } from "./pattern-flags.ts";
import { usage } from "./usage.ts";

/** What is named on the command line, with the inputs that all flags give it. */
export async function fitted(
  file: string,
  { flags, cwd }: { readonly flags: PatternFlags & InputFlags; readonly cwd: string },
): Promise<Fitted> {
  const { source, inputs } = fitPattern(file, { flags, cwd });
  const written = await inputsOf(flags, cwd);
  if (inputs["goal"] !== undefined && written["goal"] !== undefined) {
    throw usage('Cannot use "--target" beside the input "goal": both say what is wanted', "take one of them");
  }
  return { source, inputs: { ...inputs, ...written } };
}
