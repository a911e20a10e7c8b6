export interface TriageInput {
  readonly declared: string | undefined;
  readonly body: string;
  readonly tools: readonly string[] | undefined;
  readonly agents: readonly string[];
  readonly dependencies: readonly string[];
}

export interface Triage {
  readonly complexity: "simple" | "medium" | "complex";
  /** Why, in a few words. */
  readonly because: string;
}

const levels = ["simple", "medium", "complex"] as const;

/** How much work a command is: what its file declares, else an estimate from what the file asks for. */
export function triage(input: TriageInput): Triage {
  const declared = levels.find((level) => level === input.declared?.trim().toLowerCase());
  if (declared) return { complexity: declared, because: "declared by the file" };
  const signs = signsOf(input).filter((sign) => sign.points > 0);
  const points = signs.reduce((sum, sign) => sum + sign.points, 0);
  const complexity = points <= 1 ? "simple" : points <= 4 ? "medium" : "complex";
  const because = signs.length === 0 ? "short and plain" : signs.map((sign) => sign.what).join(", ");
  return { complexity, because: `estimated: ${because}` };
}

function signsOf(input: TriageInput): { readonly what: string; readonly points: number }[] {
  const { body, tools, agents, dependencies } = input;
  const steps = body.match(/^(?:#{1,4} |\d+[.)] )/gm)?.length ?? 0;
  const delegates = agents.length > 0 || (tools ?? []).some((tool) => /^(?:Task|Agent)\b/.test(tool));
  return [
    { what: `${body.length} characters`, points: step(body.length, [1500, 6000, 20_000]) },
    { what: `${steps} headings and steps`, points: step(steps, [8, 20]) },
    { what: "works with other agents", points: delegates ? 2 : 0 },
    { what: `${tools?.length ?? 0} tools`, points: step(tools?.length ?? 0, [6]) },
    { what: `${dependencies.length} dependencies`, points: step(dependencies.length, [1, 4]) },
  ];
}

/** How many of the thresholds a value reaches. */
function step(value: number, thresholds: readonly number[]): number {
  return thresholds.filter((threshold) => value >= threshold).length;
}
