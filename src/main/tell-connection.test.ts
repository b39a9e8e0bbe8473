import { expect, test } from 'bun:test';
import { createLogger } from '../lib/logger.ts';
import { tellConnection, tellForeign } from './tell-connection.ts';

function createLog() {
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line.replace(/^\S+ /, '').trim());
  return { lines, logger: createLogger({ level: 'info', format: 'text', write, now: () => 0 }) };
}

test('why it is not connected is said once for each reason, and anew after it was back', () => {
  const { lines, logger } = createLog();
  const tell = tellConnection(logger, 'a server');
  for (const state of [{}, { error: 'a' }, { error: 'a' }, { error: 'b' }, { error: 'a' }]) tell(state);
  tell('connected');
  tell({ error: 'a' });
  tell('connected');
  expect(lines).toEqual([
    'warn  not connected to a server, trying again: a',
    'warn  not connected to a server, trying again: b',
    'info  connected to a server',
    'warn  not connected to a server, trying again: a',
    'info  connected to a server again',
  ]);
});

test('a thousand messages that are not believed are one line', () => {
  const { lines, logger } = createLog();
  const tell = tellForeign(logger);
  for (let n = 0; n < 1_000; n++) tell('repeated');
  expect(lines).toEqual(['warn  a message over the broker is not believed: repeated']);
});
