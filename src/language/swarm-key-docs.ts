/** What each key of swarms and blackboards is for. */
export const blackboardDocs: Readonly<Record<string, string>> = {
  topics: "JSON Schema of the values under each topic; any topic and value when absent.",
  resolve:
    "Which value holds where agents wrote different ones under the same topic and key: latest (default), first, majority, none, or {priority: [names]}.",
};

export const boardDocs: Readonly<Record<string, string>> = {
  as: "Name of the agent in whose name the step writes.",
  sees: "Agents whose entries it sees besides its own; all when absent.",
  barrier: "True: it sees nothing that came in the round of a loop in which it runs.",
  posts: "Its whole output becomes an entry when it has ended well.",
};

export const postsDocs: Readonly<Record<string, string>> = {
  topic: "The topic of the entry.",
  key: "What under the topic it is about; a template.",
};
