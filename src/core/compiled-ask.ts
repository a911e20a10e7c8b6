import type { Reference } from "../expression/expression.ts";
import {
  compileJsonTemplate,
  compileTemplate,
  type JsonTemplate,
  type Template,
} from "../expression/template.ts";
import type { AskAction } from "../language/asking.ts";

/** What people are asked, compiled. */
export interface CompiledAsk {
  readonly text: Template;
  /** The answers there are, where steps before it say them. */
  readonly answers: JsonTemplate | undefined;
  /** The URLs of the webhooks among its levels; one that cannot be filled in does the others no harm. */
  readonly webhooks: readonly (JsonTemplate | undefined)[];
  readonly references: readonly Reference[];
}

export function compileAsk({ text: written, answers: among, escalate }: AskAction): CompiledAsk {
  const text = compileTemplate(written);
  const answers = among === undefined ? undefined : compileJsonTemplate(among);
  const webhooks = escalate.map(({ notify }) =>
    typeof notify === "object" && "webhook" in notify ? compileJsonTemplate(notify.webhook) : undefined,
  );
  const references = [text, answers, ...webhooks].flatMap((part) => part?.references ?? []);
  return { text, answers, webhooks, references };
}
