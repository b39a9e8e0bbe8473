/** What can be folded away: blocks, brackets, heredocs and runs of comments that go over several lines. */
import { tokenize } from '../hcl/tokenize.ts';

export interface Fold {
  readonly kind: 'code' | 'comment';
  /** Offsets on the first and the last line. */
  readonly from: number;
  readonly to: number;
}

export function foldsOf(text: string): readonly Fold[] {
  const folds: Fold[] = [];
  const open: number[] = [];
  let comment: { from: number; to: number } | undefined;
  const endComment = (): void => {
    if (comment !== undefined && text.slice(comment.from, comment.to).includes('\n'))
      folds.push({ kind: 'comment', ...comment });
    comment = undefined;
  };
  const add = (from: number | undefined, to: number): void => {
    if (from !== undefined && text.slice(from, to).includes('\n')) folds.push({ kind: 'code', from, to });
  };
  for (const { kind, from, to } of tokenize(text)) {
    if (kind === 'line-comment' || kind === 'block-comment') {
      const isAlone = /^[ \t]*$/.test(text.slice(text.lastIndexOf('\n', from - 1) + 1, from));
      if (isAlone) comment = { from: comment?.from ?? from, to };
    } else if (kind !== 'newline') endComment();
    switch (kind) {
      case '{':
      case '[':
      case '(':
      case 'heredoc-open':
        open.push(from);
        break;
      case '}':
      case ']':
      case ')':
      case 'heredoc-close':
        add(open.pop(), from);
        break;
      default:
        break;
    }
  }
  endComment();
  return folds.sort((a, b) => a.from - b.from);
}
