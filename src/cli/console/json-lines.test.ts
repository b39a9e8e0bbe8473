import { expect, test } from 'bun:test';
import { EMPTY_SCOPE } from '../../hcl/scope.ts';
import { answerLines } from './json-lines.ts';

async function* chunks(...parts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? new TextEncoder().encode(part) : part;
}

async function run(...parts: readonly (string | Uint8Array)[]): Promise<string[]> {
  const written: string[] = [];
  await answerLines(chunks(...parts), { write: (text) => written.push(String(text)) }, EMPTY_SCOPE);
  return written;
}

const request = (src: string): string => `{"kind":"expr","src":${JSON.stringify(src)}}`;
const answer = (value: string, type: string): string => `{"value":${value},"type":"${type}","diags":[]}\n`;

test('each line is answered, in order, before the next input is waited for', async () => {
  expect(await run(`${request('1')}\n${request('2')}\n`, `${request('3')}\n`)).toEqual([
    answer('1', 'number') + answer('2', 'number'),
    answer('3', 'number'),
  ]);
});

test('a line may come in pieces, also within a character, and the last needs no line end', async () => {
  const bytes = new TextEncoder().encode(request('"né"'));
  const cut = bytes.indexOf(0xc3) + 1;
  expect(await run(bytes.slice(0, 5), bytes.slice(5, cut), bytes.slice(cut))).toEqual([answer('"né"', 'string')]);
});

test('white space, line ends of Windows and invalid UTF-8 do no harm', async () => {
  expect((await run('\n  \r\n', `${request('1')}\r\n`)).join('')).toBe(answer('1', 'number'));
  const [text] = await run(Uint8Array.of(0xff, 0xfe, 0x0a), '\n');
  expect(JSON.parse(text ?? '')).toMatchObject({ value: null, diags: [{ severity: 'error' }] });
});
