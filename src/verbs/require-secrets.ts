import { compiledStep } from "../core/compiled.ts";
import { runEnvTemplate } from "../core/scope.ts";
import { TuttiError } from "../errors.ts";
import type { Workflow } from "../language/workflow.ts";
import { oncePer } from "./once-per.ts";
import type { Parts } from "./parts.ts";
import { workflowsIn, worksOf } from "./placed-steps.ts";

/** Throws SECRET_MISSING when the workflow uses a secret that has no value here. */
export function requireSecrets(parts: Parts, workflow: Workflow): void {
  const missing = [...secretsOf(workflow)].filter((name) => !parts.secrets(name));
  if (missing.length === 0) return;
  throw new TuttiError(
    "SECRET_MISSING",
    `Cannot start without the secret "${missing.join('", "')}": it has no value here`,
    {
      fix: "set it in the environment, or name the variable that holds it under `secrets:` of tutti.yaml",
    },
  );
}

/** From now on nothing that leaves this process holds what these workflows' secrets are here, used already or not. */
export function hideSecrets(parts: Parts, workflows: readonly Workflow[]): void {
  const names = new Set(workflows.flatMap((workflow) => [...secretsOf(workflow)]));
  parts.learnSecrets([...names].flatMap((name) => parts.secrets(name) ?? []));
}

const secretsOf = oncePer(findSecrets);

function findSecrets(workflow: Workflow): ReadonlySet<string> {
  // Most workflows use none: their expressions need not be compiled to know it.
  if (!namesSecrets(workflow)) return new Set();
  const references = workflowsIn(workflow).flatMap((one) => [
    ...runEnvTemplate(one).references,
    ...worksOf(one.chain).flatMap((step) => compiledStep(step).references),
  ]);
  return new Set(
    references.flatMap(({ root, path }) => (root === "secrets" && path[0] !== undefined ? [path[0]] : [])),
  );
}

/** True when a text in it may refer to one. Goes through values without making a text of them: there may be very many. */
function namesSecrets(value: unknown): boolean {
  if (typeof value === "string") return value.includes("secrets");
  if (Array.isArray(value)) return value.some(namesSecrets);
  if (typeof value !== "object" || value === null) return false;
  const members = value as Readonly<Record<string, unknown>>;
  for (const key in members) if (namesSecrets(members[key])) return true;
  return false;
}
