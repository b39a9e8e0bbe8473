import { type FunctionFailure, failure } from '../function.ts';

/**
 * The rows of a CSV text (RFC 4180): fields in quotes may hold commas, newlines and doubled quotes; empty lines are passed
 * over. Every row has as many fields as the first.
 */
export function parseCsv(text: string): readonly (readonly string[])[] | FunctionFailure {
  const rows: (readonly string[])[] = [];
  let line = 1;
  for (let at = 0; at < text.length; ) {
    if (text[at] === '\n' || text.startsWith('\r\n', at)) {
      at += text[at] === '\n' ? 1 : 2;
      line += 1;
      continue;
    }
    const row = readRow(text, at);
    if (typeof row === 'string') return failure(`In line ${line}: ${row}.`, 0);
    const expected = rows[0]?.length;
    if (expected !== undefined && row.fields.length !== expected) {
      return failure(`Line ${line} has ${row.fields.length} fields, the header ${expected}.`, 0);
    }
    rows.push(row.fields);
    line += text.slice(at, row.after).split('\n').length - 1;
    at = row.after;
  }
  return rows;
}

function readRow(text: string, from: number): { readonly fields: readonly string[]; readonly after: number } | string {
  const fields: string[] = [];
  for (let at = from; ; ) {
    let after: number;
    if (text[at] === '"') {
      const quoted = readQuoted(text, at + 1);
      if (quoted === undefined) return 'a quote is not closed, or something follows it';
      fields.push(quoted.field);
      after = quoted.after;
    } else {
      after = at;
      while (after < text.length && text[after] !== ',' && text[after] !== '\n') after += 1;
      const field = text.slice(at, text[after] === '\n' && text[after - 1] === '\r' ? after - 1 : after);
      if (field.includes('"')) return 'a quote stands in a field that does not begin with one';
      fields.push(field);
    }
    if (text.startsWith('\r\n', after)) return { fields, after: after + 2 };
    if (text[after] !== ',') return { fields, after: Math.min(after + 1, text.length) };
    at = after + 1;
  }
}

/** Stands behind the opening quote; `after` is behind the closing one. */
function readQuoted(text: string, from: number): { readonly field: string; readonly after: number } | undefined {
  let field = '';
  for (let at = from; ; ) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return undefined;
    field += text.slice(at, quote).replaceAll('\r\n', '\n');
    at = quote + 1;
    if (text[at] !== '"') {
      const ends = at >= text.length || text[at] === ',' || text[at] === '\n' || text.startsWith('\r\n', at);
      return ends ? { field, after: at } : undefined;
    }
    field += '"';
    at += 1;
  }
}
