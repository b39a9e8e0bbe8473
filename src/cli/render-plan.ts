/** What a plan, a difference of revisions or the refusal of a stale change says, for a person to read. */
import type { BlockChange, InnerChange } from '../pipeline/pipeline-diff.ts';
import type { FileChange } from '../protocol/revisions.ts';
import { oneLine } from './remote/table.ts';
import type { Style } from './style.ts';
import { diffForTerminal, textDiff } from './text-diff.ts';

const LONGEST_LINE = 160;

/** One line for each thing that changes, what goes last. With nothing but text changed, one line that says so. */
export function renderDifference(
  { changes, files }: { readonly changes: readonly BlockChange[]; readonly files: readonly FileChange[] },
  style: Style,
): string[] {
  if (changes.length > 0) return [...folded(changes)].flatMap((change) => renderBlock(change, style));
  if (files.length === 0) return ['  nothing of what runs, only where things stand in the built-in types'];
  return [
    `  nothing of what runs, only the text: ${files.map((file) => `${oneLine(file.path)} ${file.change}`).join(', ')}`,
  ];
}

/** `1 to create, 2 to change, 0 to delete`. */
export function countChanges(changes: readonly BlockChange[]): string {
  const count = (action: BlockChange['action']): number => changes.filter((one) => one.action === action).length;
  return `${count('create')} to create, ${count('update')} to change, ${count('delete')} to delete`;
}

type Shown = BlockChange & { readonly blocks: readonly string[] };

/** Jobs that change in the same way, as those of one `for_each` do, are told once. */
function* folded(changes: readonly BlockChange[]): Generator<Shown> {
  const groups = new Map<string, BlockChange[]>();
  for (const change of changes) {
    const same = change.action === 'update' && change.type === 'job';
    const key = JSON.stringify(same ? [change.changes, change.history] : [change.action, change.type, change.name]);
    groups.set(key, [...(groups.get(key) ?? []), change]);
  }
  for (const group of groups.values()) {
    const [first] = group;
    if (first !== undefined) yield { ...first, blocks: group.map((change) => change.block) };
  }
}

const NAMED = 3;

function renderBlock(change: Shown, style: Style): string[] {
  const { blocks } = change;
  const more = blocks.length > NAMED ? ` and ${blocks.length - NAMED} more` : '';
  const names = blocks.slice(0, NAMED).map(oneLine).join(', ') + more;
  switch (change.action) {
    case 'create': {
      const notes = [
        ...(change.history === undefined ? [] : [`finds its ${builds(change.history)} again`]),
        ...(change.like === undefined
          ? []
          : [`much like ${oneLine(change.like)}, which goes: renamed? history stays with the old name`]),
      ];
      return [head(style.green('+'), names, notes, style), ...contents(change.contents, style.green)];
    }
    case 'update': {
      const notes = [
        ...(change.builtin ? ['built in: this pikoci has another text of it'] : []),
        ...(change.forgets ? [`will watch something else${forgotten(change.history)}`] : []),
      ];
      return [
        head(style.yellow('~'), names, notes, style),
        ...change.changes.flatMap((inner) => renderInner(inner, style).map((line) => `      ${line}`)),
      ];
    }
    case 'delete': {
      const { history = 0 } = change;
      const what = change.type === 'job' ? builds(history) : versions(history);
      const notes = history === 0 ? [] : [`${what} of history ${history === 1 ? 'goes' : 'go'} out of sight with it`];
      return [head(style.red('-'), names, notes, style)];
    }
  }
}

const head = (sign: string, names: string, notes: readonly string[], style: Style): string =>
  `  ${sign} ${style.bold(names)}${notes.length > 0 ? style.dim(`  (${notes.join('; ')})`) : ''}`;

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
const builds = (count: number): string => plural(count, 'build');
const versions = (count: number): string => plural(count, 'version');
const forgotten = (count = 0): string =>
  count === 0 ? '' : `: its ${versions(count)} ${count === 1 ? 'is' : 'are'} forgotten`;

function contents(lines: readonly string[], colour: (text: string) => string): string[] {
  return lines.map((line) => `      ${colour(short(line))}`);
}

function short(text: string): string {
  const line = oneLine(text.replace(/\s*\n[\s\S]*$/, ' …'));
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE - 1)}…` : line;
}

function renderInner(change: InnerChange, style: Style): string[] {
  const where = change.inside.map((block) => `${oneLine(block)}: `).join('');
  switch (change.kind) {
    case 'attribute':
      return renderAttribute(where, change, style);
    case 'block': {
      const [sign, colour] = change.action === 'create' ? (['+', style.green] as const) : (['-', style.red] as const);
      return [
        `${where}${colour(`${sign} ${oneLine(change.block)}`)}`,
        ...change.contents.map((line) => `    ${colour(short(line))}`),
      ];
    }
    case 'order':
      return [`${where}order ${style.red(listOf(change.old))} -> ${style.green(listOf(change.new))}`];
  }
}

const listOf = (blocks: readonly string[]): string => short(blocks.join(', '));

function renderAttribute(
  where: string,
  { name, old, new: now }: Extract<InnerChange, { kind: 'attribute' }>,
  style: Style,
): string[] {
  const shownName = oneLine(name);
  if (old !== undefined && old === now) return [`${where}${shownName} ${style.yellow(`${short(old)} changed`)}`];
  if (old?.includes('\n') || now?.includes('\n')) {
    const diff = textDiff('', `${old ?? ''}\n`, `${now ?? ''}\n`).replace(/\n$/, '');
    // Without its file names and the first line numbers.
    const [, , , ...lines] = diff.split('\n');
    const body = lines.map((line) => (line.startsWith('@@') ? ' …' : line)).join('\n');
    return [
      `${where}${shownName}`,
      ...diffForTerminal(body, style.enabled)
        .split('\n')
        .map((line) => `    ${line}`),
    ];
  }
  if (old === undefined) return [`${where}${style.green(`+ ${shownName} ${short(now ?? '')}`)}`];
  if (now === undefined) return [`${where}${style.red(`- ${shownName} ${short(old)}`)}`];
  return [`${where}${shownName} ${style.red(short(old))} -> ${style.green(short(now))}`];
}
