/** Asks on stderr and shows nothing of the answer, as for a password. Ctrl-C and Ctrl-D answer nothing. */
import { StringDecoder } from 'node:string_decoder';

const ENTER = new Set(['\r', '\n']);
const NOTHING = new Set(['\u0003', '\u0004']);
const BACKSPACE = new Set(['\u007f', '\b']);
const CLEAR_LINE = '\u0015';

export async function askHidden(question: string): Promise<string> {
  const { stdin, stderr } = process;
  const decoder = new StringDecoder('utf8');
  let answer: string[] = [];
  stderr.write(question);
  stdin.setRawMode(true);
  try {
    for await (const chunk of stdin) {
      for (const character of decoder.write(chunk)) {
        if (ENTER.has(character)) return answer.join('');
        if (NOTHING.has(character)) return '';
        if (BACKSPACE.has(character)) answer.pop();
        else if (character === CLEAR_LINE) answer = [];
        else answer.push(character);
      }
    }
    return '';
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}
