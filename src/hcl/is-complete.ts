import { endOfLine } from './scanner.ts';
import { tokenize } from './tokenize.ts';

/** Whether everything that a text opens is closed in it: brackets, heredocs, comments, `${`. If not, more lines may follow. */
export function isComplete(text: string): boolean {
  let open = 0;
  const heredocs: boolean[] = [];
  for (const { kind, from, to } of tokenize(text)) {
    switch (kind) {
      case '(':
      case '[':
      case '{':
      case 'template-open':
        open += 1;
        break;
      case ')':
      case ']':
      case '}':
      case 'template-close':
        open -= 1;
        break;
      case 'heredoc-open':
        heredocs.push(true);
        break;
      case 'heredoc-close':
        heredocs.pop();
        break;
      case 'block-comment':
        if (!text.slice(from, to).endsWith('*/')) return false;
        break;
      default:
        // A heredoc whose first line is only being typed.
        if (kind === 'bad' && /^<<-?\w+$/.test(text.slice(from, endOfLine(text, from)))) return false;
    }
  }
  return open <= 0 && heredocs.length === 0;
}
