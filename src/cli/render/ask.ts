import type { Out } from "./out.ts";

/** Asks a person at the terminal; where there is none, nobody can be asked and the answer is yes. */
export async function confirm(out: Out, message: string): Promise<boolean> {
  if (!out.screen || !process.stdin.isTTY) return true;
  const { confirm: ask } = await import("@clack/prompts");
  return (await ask({ message, initialValue: false, output: out.screen })) === true;
}

/** Asks a person at the terminal to choose; gives the name of what was chosen, undefined when nothing was. */
export async function choose<Name extends string>(
  { screen }: Out,
  message: string,
  ways: Readonly<Record<Name, string>>,
): Promise<Name | undefined> {
  if (!screen) return undefined;
  const { select } = await import("@clack/prompts");
  const names = Object.keys(ways) as Name[];
  const options = names.map((value) => ({ value: value as string, label: ways[value] }));
  const chosen = await select({ message, options, output: screen });
  return names.find((name) => name === chosen);
}
