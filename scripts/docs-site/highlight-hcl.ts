import { type SyntaxToken, tokenize } from '../../src/hcl/tokenize.ts';

const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);

/** HCL as HTML, by the language's own tokens. */
export function highlightHcl(text: string): string {
  const tokens = tokenize(text);
  let html = '';
  let at = 0;
  tokens.forEach((token, index) => {
    html += escapeHtml(text.slice(at, token.from));
    const piece = escapeHtml(text.slice(token.from, token.to));
    const kind = kindOf(token, tokens, index, text);
    html += kind === undefined ? piece : `<span class="h-${kind}">${piece}</span>`;
    at = token.to;
  });
  return html + escapeHtml(text.slice(at));
}

function kindOf(token: SyntaxToken, tokens: readonly SyntaxToken[], index: number, text: string): string | undefined {
  switch (token.kind) {
    case 'line-comment':
    case 'block-comment':
      return 'comment';
    case 'quote-open':
    case 'quote-close':
    case 'heredoc-open':
    case 'heredoc-close':
    case 'text':
      return 'text';
    case 'template-open':
    case 'template-close':
      return 'template';
    case 'number':
      return 'number';
    case 'identifier':
      return nameKind(tokens, index, text);
    default:
      return undefined;
  }
}

/** At the start of a line a name is a block or an attribute. */
function nameKind(tokens: readonly SyntaxToken[], index: number, text: string): string | undefined {
  const token = tokens[index];
  if (token !== undefined && /^(true|false|null|for|in|if)$/.test(text.slice(token.from, token.to))) return 'number';
  const before = tokens[index - 1]?.kind;
  if (before !== undefined && before !== 'newline' && before !== '{' && before !== 'line-comment') return undefined;
  const next = tokens[index + 1]?.kind;
  return next === '=' ? 'name' : next === '{' || next === 'quote-open' || next === 'identifier' ? 'block' : undefined;
}
