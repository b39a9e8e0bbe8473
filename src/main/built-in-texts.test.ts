import { expect, test } from 'bun:test';
import { builtins } from '../builtins/catalogue.ts';
import { readTypeText } from '../language/type-info.ts';
import { SOURCE_KINDS } from '../pipeline/source.ts';

/** Editors show them: a comment above the type, and one beside each parameter. */
test('every built-in type, and every parameter of it, has a text', () => {
  const without = SOURCE_KINDS.flatMap((kind) =>
    builtins.names(kind).flatMap((name) => {
      const type = readTypeText(kind, name, builtins.find(kind, name)?.text ?? '');
      const params = (type?.params ?? [])
        .filter(({ doc }) => doc === '')
        .map((param) => `${kind} ${name}: ${param.name}`);
      return type === undefined || type.doc === '' ? [`${kind} ${name}`, ...params] : params;
    }),
  );
  expect(without).toEqual([]);
});
