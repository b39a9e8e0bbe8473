/** Every block and attribute of a pipeline, as Markdown: docs/blocks.md. */
import {
  type BlockSchema,
  type BodyName,
  type BodySchema,
  bodySchema,
  type LabelSchema,
  type ValueSchema,
} from './schema.ts';

const INTRODUCTION = `# Blocks and attributes

Written by \`npm run docs\` from what editors offer and explain. [What a pipeline may say](pipelines.md) is the page to read; this one is to look things up.
`;

const TITLES: Partial<Record<BodyName, string>> = {
  pipeline: 'At the top of a pipeline',
  free: 'names of your own',
  params: 'parameters of the type',
  'hook steps': 'a hook that holds steps',
  'hook command': 'a hook that is one command',
  command: 'a command of a type',
  template: 'a runner for all commands of a type',
  run_template: 'the command of a runner',
};

export function blockReference(): string {
  const order: BodyName[] = [];
  const queue: BodyName[] = ['pipeline'];
  // Each body once, in the order in which one comes to it from the top.
  for (let body = queue.shift(); body !== undefined; body = queue.shift()) {
    if (order.includes(body)) continue;
    order.push(body);
    for (const block of blocksOf(bodySchema(body)))
      queue.push(block.body, ...(block.labelled ? [block.labelled.body] : []));
  }
  return [INTRODUCTION, ...order.map(describeBody)].join('\n');
}

const blocksOf = ({ blocks, anyBlock }: BodySchema): BlockSchema[] => [
  ...Object.values(blocks),
  ...(anyBlock === undefined ? [] : [anyBlock]),
];

const titleOf = (body: BodyName): string => TITLES[body] ?? body;
/** As GitHub makes them. */
const linkTo = (body: BodyName): string =>
  `[${titleOf(body)}](#${titleOf(body)
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .replaceAll(/\s/g, '-')})`;

function describeBody(name: BodyName): string {
  const { attributes, blocks, parameters, anyBlock } = bodySchema(name);
  const rows = [
    ...Object.entries(attributes).map(
      ([attribute, { doc, value }]) => `| \`${attribute} = …\` | ${valueText(value)} | ${cell(doc)} |`,
    ),
    ...Object.entries(blocks).map(([block, schema]) => blockRow(block, schema)),
    ...(anyBlock === undefined ? [] : [blockRow('NAME', anyBlock)]),
  ];
  return [
    `## ${titleOf(name)}\n`,
    ...(rows.length === 0 ? [] : [`| | | |\n|---|---|---|\n${rows.join('\n')}\n`]),
    ...(parameters === undefined ? [] : [`${PARAMETERS[parameters]}\n`]),
  ].join('\n');
}

const PARAMETERS: Readonly<Record<NonNullable<BodySchema['parameters']>, string>> = {
  'of its type': 'And whatever parameters its type has.',
  'of its step': 'And whatever its type takes from a step.',
  'of the type around': 'And whatever parameters the type around it has.',
  'of itself': 'And whatever configures the type.',
  anything: 'Any name.',
};

function blockRow(name: string, { doc, labels, body, labelled }: BlockSchema): string {
  const forms = [
    `\`${[name, ...labels.map(labelText)].join(' ')} { }\``,
    ...(labelled === undefined ? [] : [`\`${[name, ...labelled.labels.map(labelText)].join(' ')} { }\``]),
  ];
  const holds = [...new Set([body, labelled?.body ?? body])].map(linkTo);
  return `| ${forms.join(', ')} | holds ${holds.join(', ')} | ${cell(doc)} |`;
}

const labelText = (label: LabelSchema): string => `"${label.toUpperCase().replaceAll(' ', '_')}"`;

function valueText(value: ValueSchema): string {
  switch (value.kind) {
    case 'choice': {
      const values = Object.entries(value.values).map(
        ([text, doc]) => `\`"${text}"\` (${lowerFirst(cell(doc)).replace(/\.$/, '')})`,
      );
      return `${value.list === true ? 'one or several of ' : ''}${values.join(', ')}`;
    }
    case 'object':
      return `map of ${Object.entries(value.keys)
        .map(([key, { doc }]) => `\`${key}\` (${lowerFirst(cell(doc)).replace(/\.$/, '')})`)
        .join(', ')}`;
    default:
      return VALUE_WORDS[value.kind];
  }
}

const VALUE_WORDS: Readonly<Record<Exclude<ValueSchema['kind'], 'choice' | 'object'>, string>> = {
  any: 'any value',
  text: 'text',
  number: 'number',
  flag: '`true` or `false`',
  duration: 'length of time',
  texts: 'list of texts',
  type: 'a type, such as `list(string)`',
  map: 'map',
  jobs: 'names of jobs',
  source: '`pikoci://NAME`, an address, or a path',
};

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
