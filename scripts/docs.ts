/** Writes the pages of docs/ that are made from the code. A test fails when one of them is not what this would write. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { functionReference } from '../src/hcl/function-reference.ts';
import { standardFunctions } from '../src/hcl/functions/standard-functions.ts';
import { blockReference } from '../src/language/schema-reference.ts';
import { fillParameterTables, PAGES_WITH_TABLES } from '../src/main/parameter-tables.ts';

const docs = resolve(import.meta.dirname, '../docs');
const functions = standardFunctions({ files: { read: () => ({ kind: 'missing' }), list: () => [] } });

writeFileSync(join(docs, 'functions.md'), functionReference(functions.values()));
writeFileSync(join(docs, 'blocks.md'), blockReference());
for (const name of PAGES_WITH_TABLES) {
  const page = join(docs, name);
  writeFileSync(page, fillParameterTables(readFileSync(page, 'utf8')));
}
