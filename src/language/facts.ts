/** Names that expressions know without anybody declaring them. */
export const BUILD_FACTS: Readonly<Record<string, string>> = {
  id: 'The id of the build, unique on the server.',
  number: 'The number of the build; each job counts its own, without gaps.',
  attempt: 'Which try at the build this is, from 1.',
  job: 'The name of the job.',
  pipeline: 'The name of the pipeline.',
  team: 'The name of the team.',
  url: 'The address of the page of the build.',
  status: 'How it ended; known in hooks.',
};

export const EACH_FACTS: Readonly<Record<string, string>> = {
  key: 'The key of this one of the jobs: a text.',
  value: 'The value of this one of the jobs; with a `matrix` an object of its axes.',
};

export const ROOTS: Readonly<Record<string, string>> = {
  var: 'The variables of this pipeline.',
  local: 'The locals of this pipeline.',
  module: 'The modules that this pipeline calls: their outputs.',
  each: 'Of a job with `for_each` or `matrix`: which of its jobs this is.',
  build: 'Facts of the build; known when a step runs.',
  get: 'What a `get` or `put` of this job fetched: the fields of its version. Known after that step.',
  input: 'What the build was given: the `inputs` of this job.',
  task: 'What a task of this job wrote to `PIKOCI_OUTPUT`. Known after that step.',
};

/** The names of types, as `type = …` of a variable says them. */
export const TYPE_WORDS: Readonly<Record<string, readonly [insert: string, doc: string]>> = {
  string: ['string', 'A text.'],
  number: ['number', 'A number, exact however long it is.'],
  bool: ['bool', 'True or false.'],
  any: ['any', 'Whatever is given.'],
  list: ['list(${1:string})', 'Values of one type, in order.'],
  set: ['set(${1:string})', 'Values of one type, each once, in no order.'],
  map: ['map(${1:string})', 'Values of one type, each with a name.'],
  object: ['object({ ${1:name} = ${2:string} })', 'Named values, each of its own type.'],
  tuple: ['tuple([${1:string}])', 'So many values, each of its own type.'],
  optional: ['optional(${1:string})', 'In an object: may be left out. A second argument is what stands in for it.'],
};
