import { isObject, type JsonObject } from "../../expression/json.ts";
import { blackboardShape, boardShape, postsShape } from "../board-shapes.ts";
import { defined } from "../defined.ts";
import type { StepDraft, TextUse } from "../drafts.ts";
import type { BoardRules, BoardUse } from "../boards.ts";
import { readResolve } from "./board-rule.ts";
import { readJsonSchema } from "./json-schema.ts";
import { type Loading, type Located, memberOf } from "./loading.ts";
import { missingKey, readObject, wrongType } from "./read-object.ts";
import { templateUse } from "./texts.ts";

/** Reads `blackboard:` of a block: its topics, and what holds where agents disagree. */
export function readBlackboard(loading: Loading, at: Located): BoardRules {
  if (at.value === true) return { resolve: "latest" };
  const read = readObject(loading, at, blackboardShape);
  const [topics, resolve] = [read?.part("topics"), read?.part("resolve")];
  return {
    resolve: resolve ? readResolve(loading, resolve) : "latest",
    ...defined({ topics: topics && readTopics(loading, topics) }),
  };
}

function readTopics(loading: Loading, at: Located): Readonly<Record<string, JsonObject>> {
  if (!isObject(at.value)) {
    wrongType(loading, {
      at,
      what: '"topics"',
      wanted: "an object of topics and the JSON Schemas of their values",
    });
    return {};
  }
  const topics: Record<string, JsonObject> = {};
  for (const name of Object.keys(at.value)) {
    const member = memberOf(at, name);
    const schema = member && readJsonSchema(loading, member, { what: `the topic "${name}"` });
    if (schema) topics[name] = schema;
  }
  return topics;
}

/** Reads `board:` of a step: in whose name it writes on the blackboard around it, and what it sees there. */
export function readBoardUse(loading: Loading, at: Located | undefined): ReadBoardUse {
  const read = at && readObject(loading, at, boardShape);
  if (!at || !read) return { texts: [] };
  const { as, sees, barrier } = read.leaves;
  const { posts, texts } = readPosts(loading, read.part("posts"));
  if (as === undefined) {
    if (!read.has("as")) missingKey(loading, at, { what: "`board`", key: "as" });
    return { texts };
  }
  return {
    board: { as, ...defined({ sees, barrier: barrier === true ? barrier : undefined, posts }) },
    texts,
  };
}

interface ReadBoardUse {
  readonly board?: BoardUse;
  readonly texts: readonly TextUse[];
}

interface ReadPosts {
  readonly posts?: NonNullable<BoardUse["posts"]>;
  readonly texts: readonly TextUse[];
}

function readPosts(loading: Loading, at: Located | undefined): ReadPosts {
  const read = at && readObject(loading, at, postsShape);
  if (!read) return { texts: [] };
  const { topic, key } = read.leaves;
  if (!read.has("topic")) missingKey(loading, read.whole, { what: "`posts`", key: "topic" });
  const texts: readonly TextUse[] =
    key === undefined
      ? []
      : [{ ...templateUse({ value: key, spot: read.spotOf("key") }, "gate"), ended: true }];
  return topic === undefined ? { texts } : { posts: { topic, ...defined({ key }) }, texts };
}

/** The rules of the nearest blackboard around a step; undefined: there is none. */
export function blackboardAround({ block }: StepDraft): BoardRules | undefined {
  for (let owner = block.owner; owner; owner = owner.block.owner) {
    if (owner.action.kind === "chain" && owner.action.board) return owner.action.board;
    // what a stage of a pipeline does is a run of its own
    if (owner.action.kind === "pipeline") return undefined;
  }
  return undefined;
}

/**
 * The output that a step with `board:` has to give: what it declares, and what it may write on the blackboard. What no schema
 * holds is looked at when it comes: a shell line may print what it likes.
 */
export function outputWithPosts(step: StepDraft): JsonObject | undefined {
  const { output, board } = step.body;
  const rules = board && blackboardAround(step);
  const { kind } = step.action;
  if (!rules || (output === undefined && kind !== "agent" && kind !== "command")) return output;
  const declared = output ?? {
    type: "object",
    properties: { answer: { type: "string" } },
    required: ["answer"],
  };
  const properties = isObject(declared["properties"]) ? declared["properties"] : undefined;
  if (!properties || Object.hasOwn(properties, "posts")) return declared;
  return { ...declared, properties: { ...properties, posts: postsSchema(rules) } };
}

/** Most entries that one answer may hold. */
const mostPosts = 50;

function postsSchema({ topics, own }: BoardRules): JsonObject {
  const entry = (topic: JsonObject, value: JsonObject): JsonObject => ({
    type: "object",
    properties: {
      topic,
      key: {
        type: "string",
        description: "What under the topic it is about; others who write of the same use the same key.",
      },
      value,
      note: { type: "string" },
    },
    required: ["topic", "value"],
  });
  const kinds = topics && Object.entries(topics).map(([name, schema]) => entry({ const: name }, schema));
  return {
    type: "array",
    description: "What the others who may see it should know, one entry each; none when there is nothing.",
    maxItems: mostPosts,
    items: kinds ? { anyOf: kinds } : entry({ type: "string", minLength: 1, ...ownText(own) }, {}),
  };
}

function ownText(own: readonly string[] | undefined): { readonly description?: string } {
  return own ? { description: `any but ${own.join(", ")}, which the engine alone writes` } : {};
}
