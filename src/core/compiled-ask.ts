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
  /** The URLs of the webhooks among its levels; one that cannot be filled in does the others no harm. */
  readonly webhooks: readonly (JsonTemplate | undefined)[];
  readonly references: readonly Reference[];
}

export function compileAsk({ text: written, escalate }: AskAction): CompiledAsk {
  const text = compileTemplate(written);
  const webhooks = escalate.map(({ notify }) =>
    typeof notify === "object" && "webhook" in notify ? compileJsonTemplate(notify.webhook) : undefined,
  );
  const references = [text, ...webhooks].flatMap((part) => part?.references ?? []);
  return { text, webhooks, references };
}
