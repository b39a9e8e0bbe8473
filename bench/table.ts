import { assertNever } from '../src/lib/assert-never.ts';
import { type Figure, type Goal, judge, spread, type Unit } from './figure.ts';

const HEAD = ['figure', 'pikoci', 'middle half', 'held against', 'its value', 'ratio', 'goal', 'met'] as const;

/** The figures as a Markdown table whose columns also line up in a terminal. */
export function renderTable(figures: readonly Figure[]): string {
  const rows = [HEAD, ...figures.map(rowOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [line(HEAD), rule, ...rows.slice(1).map(line)].join('\n');
}

function rowOf(figure: Figure): readonly string[] {
  const { ours, peers, ratio, met } = judge(figure);
  const { low, high } = spread(figure.samples);
  return [
    figure.name,
    amount(ours, figure.unit),
    figure.samples.length < 2 ? '' : `${short(low)} - ${short(high)}`,
    figure.peer?.name ?? '',
    peers === undefined ? '' : amount(peers, figure.unit),
    ratio === undefined ? '' : `${ratio.toFixed(2)} x`,
    figure.goal === undefined ? '' : describeGoal(figure.goal, figure.unit),
    met === undefined ? '' : met ? 'yes' : 'NO',
  ];
}

function describeGoal(goal: Goal, unit: Unit): string {
  switch (goal.kind) {
    case 'ratio':
      return `<= ${goal.most} x`;
    case 'ratio-least':
      return `>= ${goal.least} x`;
    case 'most':
      return `<= ${amount(goal.value, unit)}`;
    case 'least':
      return `>= ${amount(goal.value, unit)}`;
    default:
      return assertNever(goal);
  }
}

const amount = (value: number, unit: Unit): string => `${short(value)} ${unit}`;

/** Three digits that count, whole above a hundred. */
function short(value: number): string {
  if (value >= 1_000) return Math.round(value).toLocaleString('en');
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
