import type { JsonObject } from "../expression/json.ts";
import type { VoteRule } from "./voting.ts";

/** What holds on a blackboard: entries by agent and topic, which the steps of a block write and read. */
export interface BoardRules {
  /** JSON Schema of the values under each topic; absent: any topics, any values. */
  readonly topics?: Readonly<Record<string, JsonObject>>;
  /** Topics under which only whole outputs come (`posts` of a `BoardUse`): what an answer has for them in its `posts` is refused. */
  readonly own?: readonly string[];
  /** Which value holds where several agents wrote different ones under the same topic and key. `none`: no value does. */
  readonly resolve: BoardResolve;
}
export type BoardResolve =
  | "latest"
  | "first"
  | "none"
  /** What agents wrote last is counted; `quorum`: how many must have written. */
  | { readonly rule: VoteRule; readonly quorum?: number }
  /** In older logs. */
  | "majority"
  | { readonly priority: readonly string[] };

/** How a step uses the blackboard around it. */
export interface BoardUse {
  /** The agent in whose name it writes. */
  readonly as: string;
  /** The agents whose entries it sees besides its own; absent: all. */
  readonly sees?: readonly string[];
  /** It sees nothing of what came in the round of a loop in which it runs itself. */
  readonly barrier?: true;
  /** When it has ended well its whole output becomes an entry; `key` is a template. */
  readonly posts?: { readonly topic: string; readonly key?: string };
}
