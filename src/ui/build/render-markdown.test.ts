import { expect, test } from 'bun:test';
import { renderMarkdown } from './render-markdown.ts';

test('the words of Markdown', () => {
  expect(renderMarkdown('# Done\n\n- **12** files\n- `a < b`\n')).toBe(
    '<h1>Done</h1>\n<ul>\n<li><strong>12</strong> files</li>\n<li><code>a &lt; b</code></li>\n</ul>\n',
  );
  expect(renderMarkdown('| a | b |\n|---|--:|\n| 1 | 2 |\n')).toContain('<td>1</td>\n<td class="align-right">2</td>');
});

test.each<[string, string, string[]]>([
  ['HTML', '<img src=x onerror=alert(1)><script>alert(1)</script>', ['<img', '<script']],
  ['a link that is a program', '[x](javascript:alert(1))', ['href="javascript', '<a']],
  ['one that hides it', '[x](java&#115;cript:alert(1)) [y](data:text/html;base64,PHNjcmlwdD4=)', ['<a']],
  ['a picture from elsewhere', '![x"onload="alert(1)](https://evil.test/a.png "t")', ['<img', 'onload="']],
  ['a picture that is a program', '![x](javascript:alert(1))', ['<a', '<img']],
  ['a style', '<p style="position:fixed">x</p>', ['<p style']],
])('%s does no harm', (_name, text, never) => {
  const html = renderMarkdown(text);
  for (const part of never) expect(html).not.toContain(part);
});

test('links open elsewhere, and tell nothing of where they were', () => {
  expect(renderMarkdown('https://example.test/a')).toBe(
    '<p><a href="https://example.test/a" rel="noopener noreferrer nofollow" target="_blank">https://example.test/a</a></p>\n',
  );
});
