import { expect, test } from 'bun:test';
import { createLogger } from './logger.ts';

function logged(format: 'text' | 'json', level: 'info' | 'warn' = 'info'): string {
  let out = '';
  const logger = createLogger({
    level,
    format,
    now: () => Date.UTC(2026, 0, 2, 3, 4, 5),
    write: (line) => {
      out += line;
    },
  });
  logger.debug('hidden');
  logger.info('a worker came', { worker: 'w 1', slots: 2, tags: undefined });
  logger.warn('it left');
  return out;
}

test('one line a message, fields behind it', () => {
  expect(logged('text')).toBe('03:04:05 info  a worker came worker="w 1" slots=2\n03:04:05 warn  it left\n');
});

test('one JSON object a line', () => {
  expect(
    logged('json')
      .split('\n')
      .slice(0, 2)
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { time: '2026-01-02T03:04:05.000Z', level: 'info', message: 'a worker came', worker: 'w 1', slots: 2 },
    { time: '2026-01-02T03:04:05.000Z', level: 'warn', message: 'it left' },
  ]);
});

test('what is below the level is not said', () => {
  expect(logged('text', 'warn')).toBe('03:04:05 warn  it left\n');
});
