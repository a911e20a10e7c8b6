import type { ModelMessage, SystemModelMessage } from "ai";
import type { AgentTask } from "../../ports/agent.ts";
import { buildPrompt } from "../prompt.ts";
import type { Endpoint } from "./endpoints.ts";

/** Where Anthropic's cache of prompts may begin anew; for others it says nothing. */
const cachePoint = { anthropic: { cacheControl: { type: "ephemeral" } } } as const;

const rules =
  "You work in one folder by your tools; paths are relative to it. Do the whole task before you answer: nobody reads " +
  "along or answers questions. A tool call that is denied stays denied: find another way, or say what you could not do.";

/** What the model is told before everything else: what tasks share comes first, so that the provider's cache serves it. */
export function instructionsOf(
  { preamble }: AgentTask,
  { provider }: Endpoint,
): string | SystemModelMessage[] {
  if (preamble === undefined || preamble === "") return rules;
  // the templates of many local models take one system message only
  if (provider !== "anthropic") return `${preamble}\n\n${rules}`;
  return [
    { role: "system", content: preamble, providerOptions: cachePoint },
    { role: "system", content: rules },
  ];
}

/** The task's own message. */
export function taskMessage(task: AgentTask, { enforcesSchema }: Endpoint): ModelMessage {
  const { preamble: _, ...rest } = task;
  return { role: "user", content: buildPrompt(rest, { shape: enforcesSchema ? "tool" : "text" }) };
}

/** The conversation so far; its end is where the next call's cache begins. */
export function conversation(messages: readonly ModelMessage[]): readonly ModelMessage[] {
  const last = messages.at(-1);
  if (!last) return messages;
  return [...messages.slice(0, -1), { ...last, providerOptions: cachePoint }];
}
