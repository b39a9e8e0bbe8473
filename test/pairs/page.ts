/** docs/pairs.md: which pairs were run, of what, and what ran over them. */
import { DATABASES, type Pair, QUEUES } from './pairs.ts';
import { PIPELINES } from './pipelines.ts';

export interface PairResult extends Pair {
  readonly troubles: readonly string[];
}

const INTRODUCTION = `# The pipeline never changes

One set of pipeline files runs over every database and every queue, and not a byte of them is another for it: \`npm run pairs\` starts each of the servers below, sets the pipelines, runs their builds and looks at
what they print. This page is written by it. Some of the pairs, with each database and each queue among them, run with every \`npm test\`.
`;

export async function renderPage(results: readonly PairResult[]): Promise<string> {
  const titles = await Promise.all(DATABASES.map(async ({ system, title }) => `\`${system}\`: ${await title()}`));
  const rows = await Promise.all(
    QUEUES.map(async (queue) => [
      `\`${queue.system}\`: ${await queue.title()}`,
      ...DATABASES.map((database) => cellOf(results, { database, queue })),
    ]),
  );
  const table = [['`--pubsub-system` \\ `--db-system`', ...titles], titles.concat('').map(() => '---'), ...rows];
  const pipelines = PIPELINES.map(({ file, about }) => `| [${file}](../${file}) | ${about} |`);
  return [
    INTRODUCTION,
    ...table.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    `Each of them runs these ${PIPELINES.length}:`,
    '',
    '| pipeline | what it has |',
    '|---|---|',
    ...pipelines,
    '',
  ].join('\n');
}

/** Empty where it was not tried: its server is not installed here. */
function cellOf(results: readonly PairResult[], { database, queue }: Pair): string {
  const result = results.find((each) => each.database === database && each.queue === queue);
  if (result === undefined) return '';
  return result.troubles.length === 0 ? 'green' : '**not**';
}

/** The systems that the page has, read back: in the order of its columns and rows. */
export function readPage(text: string): {
  readonly databases: string[];
  readonly queues: string[];
  readonly cells: string[][];
} {
  const lines = text.split('\n').filter((line) => line.startsWith('|'));
  const end = lines.findIndex((line) => line.startsWith('| pipeline'));
  const rows = lines.slice(0, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  const [head = [], , ...body] = rows;
  const systemOf = (cell: string): string => /`([\w-]+)`/.exec(cell)?.[1] ?? cell;
  return {
    databases: head.slice(1).map(systemOf),
    queues: body.map(([first = '']) => systemOf(first)),
    cells: body.map((row) => row.slice(1)),
  };
}
