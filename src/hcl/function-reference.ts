import { FUNCTION_GROUPS, type FunctionGroup, type FunctionParameter, type HclFunction } from './function.ts';
import { describeType } from './type.ts';

const INTRODUCTION = `# Functions

Written by \`npm run docs\` from \`src/hcl/functions/\`; every example is run as a test. They are Terraform's functions, with Terraform's results.

An argument is converted to the type of its parameter where HCL can. A list behind \`...\` as the last argument gives its elements as arguments: \`max([1, 2]...)\`. A result is
sensitive if an argument is, and known only when the build runs if an argument is.
`;

const TITLES: Readonly<Record<FunctionGroup, string>> = {
  strings: 'Strings',
  collections: 'Collections',
  numbers: 'Numbers',
  encoding: 'Encoding',
  hashes: 'Hashes',
  time: 'Time',
  types: 'Types',
  files: 'Files',
  network: 'Network',
};

/** The reference of the functions as Markdown: by group, in the order of their names. */
export function functionReference(functions: Iterable<HclFunction>): string {
  const all = [...functions].sort((a, b) => (a.name < b.name ? -1 : 1));
  const groups = FUNCTION_GROUPS.map((group) => {
    const entries = all.filter((entry) => entry.group === group);
    return [`## ${TITLES[group]}\n`, ...entries.map(describeFunction)].join('\n');
  });
  const contents = FUNCTION_GROUPS.map((group) => {
    const links = all.filter((entry) => entry.group === group).map(({ name }) => `[${name}](#${name})`);
    return `**${TITLES[group]}**: ${links.join(' ')}\n`;
  });
  return [INTRODUCTION, ...contents, ...groups].join('\n');
}

function describeFunction(entry: HclFunction): string {
  const { name, doc, examples, parameters, rest } = entry;
  const lines = [
    `### ${name}\n`,
    `\`${signature(entry)}\`\n`,
    `${doc}\n`,
    ...parameters.map(describeParameter),
    ...(rest === undefined
      ? []
      : [`- \`${rest.name}...\` (${typeOfParameter(rest)}, any number of them): ${rest.doc}`]),
    `- Result: ${resultOf(entry)}\n`,
    '```hcl',
    ...examples.map(({ source, result }) => `${source} # ${result}`),
    '```\n',
  ];
  return lines.join('\n');
}

function signature({ name, parameters, rest }: HclFunction): string {
  const names = parameters.map((parameter) => (parameter.optional === true ? `[${parameter.name}]` : parameter.name));
  if (rest !== undefined) names.push(`${rest.name}...`);
  return `${name}(${names.join(', ')})`;
}

function describeParameter(parameter: FunctionParameter): string {
  const optional = parameter.optional === true ? ', may be left out' : '';
  return `- \`${parameter.name}\` (${typeOfParameter(parameter)}${optional}): ${parameter.doc}`;
}

const typeOfParameter = ({ type, nullable }: FunctionParameter): string =>
  nullable === true && type.kind !== 'dynamic' ? `${describeType(type)} or null` : describeType(type);

function resultOf(entry: HclFunction): string {
  if (entry.result !== undefined) return entry.result;
  return entry.kind === 'eager' && typeof entry.returns !== 'function' ? describeType(entry.returns) : 'any';
}
