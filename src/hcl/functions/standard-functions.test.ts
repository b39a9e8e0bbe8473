import { describe, expect, test } from 'bun:test';
import { evaluate } from '../evaluate.ts';
import { parseExpression } from '../parse.ts';
import { describeType } from '../type.ts';
import { canonicalKey, typeOf } from '../value.ts';
import { standardFunctions } from './standard-functions.ts';

const files: Readonly<Record<string, string>> = { 'hello.txt': 'Hello!\n', 'greeting.tpl': 'Dear ${name}' };
const functions = standardFunctions({
  clock: { now: () => Date.UTC(2026, 0, 1) },
  files: {
    read: (path) => {
      const text = files[path];
      return text === undefined ? { kind: 'missing' } : { kind: 'content', bytes: new TextEncoder().encode(text) };
    },
    list: () => Object.keys(files),
  },
});

function evaluated(source: string) {
  const { expression, diagnostics } = parseExpression(source, 'example');
  const result = evaluate(expression, { variables: new Map(), functions });
  expect([...diagnostics, ...result.diagnostics]).toEqual([]);
  return { key: canonicalKey(result.value), type: describeType(typeOf(result.value)) };
}

describe('every function is documented, and its examples are true', () => {
  for (const entry of functions.values()) {
    test(entry.name, () => {
      expect(entry.doc).toMatch(/\.$/);
      expect(entry.examples.length).toBeGreaterThan(0);
      for (const { source, result } of entry.examples) expect(evaluated(source)).toEqual(evaluated(result));
    });
  }
});

/** The functions of the language's reference, every one. */
const NAMES = `chomp endswith format formatlist indent join lower regex regexall regexreplace replace split startswith
  strcontains strlen strrev substr templatestring title trim trimprefix trimspace trimsuffix upper
  alltrue anytrue chunklist coalesce coalescelist compact concat contains distinct element flatten index keys length lookup
  matchkeys merge one range reverse setintersection setproduct setsubtract setunion slice sort sum transpose values zipmap
  abs ceil floor log max min parseint pow signum
  base64decode base64encode base64gzip csvdecode jsondecode jsonencode textdecodebase64 textencodebase64 urlencode yamldecode yamlencode
  md5 sha1 sha256 sha512 base64sha256 uuidv5 formatdate plantimestamp timeadd timecmp timestamp
  can try tobool tolist tomap tonumber toset tostring type file fileexists fileset filebase64 templatefile cidrhost cidrsubnet`;

test('exactly the functions of the reference are there', () => {
  expect([...functions.keys()].sort()).toEqual(NAMES.trim().split(/\s+/).sort());
});
