/** `pikoci console --json`: each line of the input is a request, each line of the output its answer, in order and as soon as it is there. */
import type { Scope } from '../../hcl/scope.ts';
import type { Output } from '../context.ts';
import { answerRequest } from './answer-request.ts';

/** A request longer than this is no request; it would be held in memory until its line ended. */
const LONGEST_LINE = 64 * 1_024 * 1_024;

/** Answers until the input ends. Lines that hold only white space are passed over. */
export async function answerLines(input: AsyncIterable<Uint8Array>, output: Output, scope: Scope): Promise<void> {
  const decoder = new TextDecoder();
  let held: string[] = [];
  let length = 0;
  for await (const bytes of input) {
    const text = decoder.decode(bytes, { stream: true });
    const last = text.lastIndexOf('\n');
    if (last < 0) {
      length += text.length;
      // What is cut here is answered as what it then is, a line that is no request.
      if (length <= LONGEST_LINE) held.push(text);
      continue;
    }
    const whole = [...held, text.slice(0, last)].join('');
    held = [text.slice(last + 1)];
    length = text.length - last - 1;
    await write(output, answers(whole, scope));
  }
  await write(output, answers(held.join('') + decoder.decode(), scope));
}

function answers(lines: string, scope: Scope): string {
  let out = '';
  for (const line of lines.split('\n')) {
    if (line.trim() !== '') out += `${answerRequest(line, scope)}\n`;
  }
  return out;
}

async function write(output: Output, text: string): Promise<void> {
  if (text !== '') await output.write(text);
}
