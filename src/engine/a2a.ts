import { createA2aAgent } from "../agents/a2a/a2a.ts";
import { TuttiError } from "../errors.ts";
import { asText, isObject } from "../expression/json.ts";
import { compileJsonTemplate, type JsonTemplate } from "../expression/template.ts";
import type { Redactor } from "../executors/redactor.ts";
import type { Agent } from "../ports/agent.ts";
import type { Clock } from "../ports/clock.ts";
import type { Settings } from "../verbs/settings.ts";

export interface A2aParts {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly secrets: (name: string) => string | undefined;
  readonly redactor: Redactor;
}

/** The remote agents of the project's settings. */
export function a2aAgents({ settings, clock, ...parts }: A2aParts): readonly Agent[] {
  return Object.entries(settings.agents ?? {}).flatMap(([name, { a2a }]) => {
    if (a2a === undefined) return [];
    const template = compileJsonTemplate(a2a.headers ?? {});
    return [
      createA2aAgent({ name, url: a2a.url, clock, headers: () => headersOf(template, { name, ...parts }) }),
    ];
  });
}

interface Filling extends Pick<A2aParts, "secrets" | "redactor"> {
  readonly name: string;
}

function headersOf(
  template: JsonTemplate,
  { name, secrets, redactor }: Filling,
): Readonly<Record<string, string>> {
  const used = template.references.flatMap(({ root, path: [secret] }) =>
    root === "secrets" && secret !== undefined ? [secret] : [],
  );
  const values = used.map((secret) => [secret, secrets(secret)] as const);
  const missing = values.find(([, value]) => !value)?.[0];
  if (missing !== undefined) {
    throw new TuttiError(
      "SECRET_MISSING",
      `Cannot ask the agent "${name}": the secret ${missing} has no value here`,
      {
        fix: `set ${missing} in the environment, or name the variable that holds it under \`secrets:\` of tutti.yaml`,
      },
    );
  }
  redactor.learn(values.flatMap(([, value]) => value ?? []));
  const filled = Object.fromEntries(values.map(([secret, value]) => [secret, value ?? ""]));
  const rendered = template.render((root) => (root === "secrets" ? filled : undefined));
  if (!isObject(rendered)) return {};
  return Object.fromEntries(Object.entries(rendered).map(([header, text]) => [header, asText(text)]));
}
