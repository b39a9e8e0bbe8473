/**
 * Markdown that a step wrote, as HTML: what is HTML in it stays text, links lead only to http(s) and mail, pictures become links, since a page loads nothing
 * from elsewhere. Loaded when the first summary is shown.
 */
import MarkdownIt from 'markdown-it';

const LINKS = /^(https?:|mailto:|\/(?!\/)|#)/i;

export function renderMarkdown(text: string): string {
  const markdown = new MarkdownIt({ html: false, linkify: true, typographer: false });
  markdown.validateLink = (url) => LINKS.test(url.trim());
  markdown.renderer.rules.link_open = (tokens, index, options, _env, self) => {
    tokens[index]?.attrSet('rel', 'noopener noreferrer nofollow');
    tokens[index]?.attrSet('target', '_blank');
    return self.renderToken(tokens, index, options);
  };
  markdown.renderer.rules.image = (tokens, index) => {
    const token = tokens[index];
    const { escapeHtml } = markdown.utils;
    const address = escapeHtml(String(token?.attrGet('src') ?? ''));
    const words = escapeHtml(token?.content === '' ? 'picture' : (token?.content ?? 'picture'));
    return `<a href="${address}" target="_blank" rel="noopener noreferrer nofollow">${words}</a>`;
  };
  // A column's alignment would be a style attribute, which the page's policy refuses.
  for (const cell of ['th_open', 'td_open'] as const) {
    markdown.renderer.rules[cell] = (tokens, index, options, _env, self) => {
      const token = tokens[index];
      const align = /text-align:(\w+)/.exec(String(token?.attrGet('style') ?? ''))?.[1];
      if (token !== undefined) token.attrs = align === undefined ? null : [['class', `align-${align}`]];
      return self.renderToken(tokens, index, options);
    };
  }
  return markdown.render(text);
}
