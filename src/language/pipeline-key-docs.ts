/** What each key of pipelines is for. */
export const pipelineDocs: Readonly<Record<string, string>> = {
  source:
    "Where records come from: a path, a URL, `-` for standard input (JSON lines), a template that gives a list, or an object.",
  stages: "What is done with the records, one stage after another, as `from` says it.",
  sink: "Where records go to: a path, a URL, `result`, or an object; the output of the step when absent.",
  sinks: "Several sinks.",
  flow_control: "How many records may wait, and what becomes of those that come to a full buffer.",
  continuous: "True: it goes on until it is stopped, and follows its source.",
  monitoring: "Who is told of errors; all figures are always measured.",
  alerts: "Who is told while a condition over the figures of the pipeline has been true for so long.",
};

const formatDocs: Readonly<Record<string, string>> = {
  separator: "Of csv: what stands between two fields (default a comma).",
  columns: "Of csv: names of the columns; of a source the first row names them when absent.",
};

export const sourceDocs: Readonly<Record<string, string>> = {
  jsonl: "Files with a JSON value in each line; a path may be a glob.",
  csv: "Files of rows, each an object of texts.",
  lines: "Files of lines, each a text.",
  files: "A record for each file: {path, bytes}.",
  content: "With files: true, each has its text, too.",
  command: "A shell line; what it prints are the records.",
  cwd: "Directory of the shell line, below the project's folder.",
  format: "What the command prints, or what comes on standard input (default jsonl).",
  ...formatDocs,
  stdin: "Standard input: jsonl, csv or lines.",
  http: "A URL whose answer is a list of records, or an object.",
  listen: "A port on this machine to which records are posted, or an object; of a continuous pipeline.",
  step: "What an earlier step gave: a template that gives a list, or the name of the step.",
  run: "Id of another run, whose output is the list of records.",
  node: "With run: address of the node whose output it is.",
};

export const httpSourceDocs: Readonly<Record<string, string>> = {
  url: "A template; secrets may stand here.",
  headers: "Templates; secrets may stand here.",
  items: "CEL over body, which gives the list of records (default body).",
  every: "How often it is asked again in a continuous pipeline (default 1m).",
  format: "What the answer is (default json).",
  ...formatDocs,
};

export const listenDocs: Readonly<Record<string, string>> = {
  port: "Port on this machine.",
  path: "Path of the URL (default /).",
  format: "What is posted (default jsonl).",
  ...formatDocs,
};

/** Keys of a stage that are no keys of a step, or mean something else there. */
export const stageDocs: Readonly<Record<string, string>> = {
  name: "Name of the stage; from what it does when absent.",
  description: "What the stage is for.",
  from: "Stages whose records it takes, or source; the stage before it when absent.",
  when: "CEL over record; a record for which it is not true is filtered out.",
  key: "CEL over record: records of one key are never in work at the same time, and keep their order.",
  order: "Whether batches leave in the order in which they came (kept, default) or as they are done (any).",
  batch_size: "Records that are taken together (default 1; of when, value and reduce 100).",
  batch_wait: "How long a batch that is not full waits for more records (default 1s).",
  parallelism: "Batches in work at once (default 1); with least and most it moves by latency and errors.",
  rate_limit: "Batches begun in a time.",
  on_failure:
    "What becomes of a batch that fails for good: its records are dead letters (dead, default), it is halved until the bad record is alone (isolate), or the pipeline fails (fail).",
  into: "What is given is put into each record under this name.",
  value: "For each record a new one; texts in it are templates.",
  run: "A shell line for each batch, whose records are JSON lines on standard input; what it prints are the records it gives.",
  function: "A function that the embedding program registered; it gets batch, and what stands in with.",
  reduce: "Records are gathered, and given when their window closes, one for each group.",
  timeout: "Longest time of one attempt on a batch.",
  retry: "Further attempts on a batch after the first.",
};

export const reduceDocs: Readonly<Record<string, string>> = {
  window: "What is gathered together: such as 100 records or 5m; all records when absent.",
  by: "CEL over record, a list of them, or an object of names: a group for each value.",
  give: "What is given for each group, by name (default {count: count}).",
};

export const windowDocs: Readonly<Record<string, string>> = {
  count: "So many records.",
  time: "So long by the clock, or by the time that at says.",
  at: "CEL over record that gives its time.",
  late: "How much later than others a record may come; later it is a dead letter.",
};

export const aggregateDocs: Readonly<Record<string, string>> = {
  count: "How many records; written alone: `count`.",
  sum: "CEL over record; the sum of it.",
  mean: "CEL over record; the mean of it.",
  least: "CEL over record; the least of it.",
  most: "CEL over record, the most of it; with list how many are kept (default 100).",
  first: "CEL over record; that of the first.",
  last: "CEL over record; that of the last.",
  distinct: "CEL over record; how many different ones there are.",
  list: "CEL over record; a list of it.",
  fold: "CEL over sum, what it is so far, and record.",
  start: "With fold: what sum is at first.",
};

export const sinkDocs: Readonly<Record<string, string>> = {
  name: "Name of the sink; from what it writes when absent.",
  from: "Stages whose records it takes, or source; those from which nobody else takes when absent.",
  batch_size: "Records that are written together.",
  batch_wait: "How long a batch that is not full waits for more records (default 1s).",
  jsonl: "A file with each record in a line.",
  csv: "A file of rows.",
  lines: "A file of lines, each a text.",
  append: "True: behind what is in the file; else that is replaced.",
  files: "Path of a file for each record; a template over record.",
  text: "With files: what is in it, a template over record; the record as JSON when absent.",
  command: "A shell line for each batch, with its records on standard input.",
  cwd: "Directory of the shell line, below the project's folder.",
  env: "Environment of the shell line; secrets may stand here.",
  format: "What the command gets (default jsonl).",
  separator: formatDocs["separator"] ?? "",
  columns: "Of csv: names of the columns; those of the first record when absent.",
  http: "A URL to which each batch is sent, or an object.",
  result: "The records are the output of the step: true, or how many at most (default 1000).",
};

export const httpSinkDocs: Readonly<Record<string, string>> = {
  method: "POST when absent.",
  url: "A template; secrets may stand here.",
  headers: "Templates; secrets may stand here.",
  format: "What is sent (default json, a list of the records).",
  separator: formatDocs["separator"] ?? "",
  columns: "Of csv: names of the columns; those of the first record when absent.",
};

export const resultDocs: Readonly<Record<string, string>> = {
  most: "Most records (default 1000).",
};

export const flowControlDocs: Readonly<Record<string, string>> = {
  backpressure:
    "True (default): what fills a full buffer waits, and only the first buffers overflow. False: each does.",
  buffer_size: "Records that may wait before a stage or sink (default 1000).",
  overflow_strategy:
    "What becomes of a record that comes to a full buffer: it waits (block, default), another or itself is dropped, it lies on disk only (spill), or the pipeline fails (fail).",
  record_size: "A longer record is a dead letter, unread (default 1MiB).",
  drain: "How long a pause or a stop lets go on what is on its way (default 30s).",
};

export const monitoringDocs: Readonly<Record<string, string>> = {
  throughput_tracking: "True; records a second are always measured.",
  latency_monitoring: "True; how long batches and records take is always measured.",
  error_rate_alerting: "True: told at the terminal when more than 5 % of the tries have failed for a minute.",
};

export const errorRateDocs: Readonly<Record<string, string>> = {
  threshold: "Share of the tries that fail (default 0.05).",
};

export const alertDocs: Readonly<Record<string, string>> = {
  name: "Name of the alert.",
  when: "CEL over error_rate, throughput, lag, latency_p95, dead, dropped, waiting, cost and stages.",
  for: "How long it has to be true (default 1m).",
  notify: "Where it is told (default terminal).",
};
