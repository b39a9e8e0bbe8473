import { afterEach, expect, spyOn, test } from 'bun:test';
import type { Body } from '../hcl/syntax.ts';
import { BlockReader } from '../pipeline/block-reader.ts';
import { loadPipeline } from '../pipeline/load.ts';
import { noFetching, SOURCE_KINDS } from '../pipeline/source.ts';
import { fewBuiltins } from './marked-text.fixture.ts';
import { type BodyName, bodySchema, bodyWithin } from './schema.ts';

/** One of everything, so that the loader reads a body of every kind. */
const EVERYTHING = `
variable "v" {
  default = ""
}
variable "s" {
  secret "vault" {
    path = "p"
    params {}
  }
}
locals {}
module "part" {
  source = "./part.hcl"
}
output "o" {
  value = 1
}
resource "git" "r" {
  params { url = "u" }
}
notification "slack" "n" {
  params { url = "u" }
}
resource_type "rt" {
  check "exec" { path = "p" }
  pull "exec" { path = "p" }
  push "exec" { path = "p" }
}
resource_type "with_source" {
  source = "pikoci://git"
}
runner_type "ut" {
  run { path = "p" }
  prepare { path = "p" }
  cancel { path = "p" }
  cleanup { path = "p" }
}
service_type "st" {
  runner "exec" { path = "p" }
  start "exec" { path = "p" }
  ready_check "exec" { path = "p" }
  stop "exec" { path = "p" }
}
secret_type "ct" {
  get "exec" { path = "p" }
}
notification_type "nt" {
  notify "exec" { path = "p" }
}
job "j" {
  get "git" "r" {
    params {}
  }
  put "git" "r" {
    params {}
  }
  notify "slack" "n" {
    params {}
  }
  service "postgresql" {
    params {}
  }
  task "t" {
    run "exec" { path = "p" }
    env {}
  }
  set_pipeline "p" {
    file = "p.hcl"
  }
  in_parallel {}
  inputs {
    version {}
  }
  approve "a" {}
  retain {}
  on_success {}
  on_failure "exec" {
    path = "p"
    env {}
  }
}
job "m" {
  matrix { a = ["1"] }
  task "t" {
    run "exec" { path = "p" }
  }
}
`;

interface Asked {
  readonly attributes: Set<string>;
  readonly blocks: Set<string>;
  readonly unsupported: Set<string>;
  takesAny: boolean;
}

const spies: { mockRestore(): void }[] = [];
afterEach(() => {
  for (const spy of spies.splice(0)) spy.mockRestore();
});

/** The same with attributes for what may be both: the loader asks for one when the other is not there. */
const AS_ATTRIBUTES = EVERYTHING.replace(/^( *)(params|env) \{/gm, '$1$2 = {');

/** Loads both texts, and gives what the loader asked of each body by the body's place in the syntax. */
async function askedOfEverything(): Promise<Map<BodyName, Asked[]>> {
  const asked = new Map<Body, Asked>();
  const of = (reader: BlockReader): Asked => {
    const known = asked.get(reader.body);
    if (known !== undefined) return known;
    const fresh = {
      attributes: new Set<string>(),
      blocks: new Set<string>(),
      unsupported: new Set<string>(),
      takesAny: false,
    };
    asked.set(reader.body, fresh);
    return fresh;
  };
  type Method = 'attribute' | 'blocks' | 'blocksOf' | 'unsupported' | 'otherAttributes';
  const watch = <M extends Method>(
    method: M,
    note: (asked: Asked, ...args: Parameters<BlockReader[M]>) => void,
  ): void => {
    const original = BlockReader.prototype[method];
    const watched = function (this: BlockReader, ...args: Parameters<BlockReader[M]>): unknown {
      note(of(this), ...args);
      return Reflect.apply(original, this, args);
    };
    spies.push(spyOn(BlockReader.prototype, method).mockImplementation(watched as never));
  };
  watch('attribute', ({ attributes }, name) => attributes.add(name));
  watch('blocks', ({ blocks }, type) => blocks.add(type));
  watch('blocksOf', ({ blocks }, types) => {
    for (const type of types) blocks.add(type);
  });
  watch('unsupported', ({ unsupported }, names) => {
    for (const name of names) unsupported.add(name);
  });
  watch('otherAttributes', (body) => {
    body.takesAny = true;
  });
  for (const text of [EVERYTHING, AS_ATTRIBUTES]) {
    const bundle = { main: 'p.hcl', files: { 'p.hcl': text, 'part.hcl': '' } };
    const { diagnostics } = await loadPipeline({ bundle, variables: {}, sources: noFetching, builtins: fewBuiltins });
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  }
  return byPlace(asked);
}

/** The main file's bodies, each under the name that the schema has for its place. A body read twice counts as one. */
function byPlace(asked: ReadonlyMap<Body, Asked>): Map<BodyName, Asked[]> {
  const found = new Map<BodyName, Asked[]>();
  const visit = (body: Body, name: BodyName): void => {
    const of = asked.get(body);
    if (of !== undefined) found.set(name, [...(found.get(name) ?? []), of]);
    for (const item of body.items) {
      if (item.kind !== 'block') continue;
      const inner = bodyWithin(name, item.type, item.labels.length);
      expect(inner, `the schema does not know the block "${item.type}" in ${name}`).toBeDefined();
      if (inner !== undefined) visit(item.body, inner);
    }
  };
  for (const body of asked.keys()) {
    const isMain =
      body.range.file === 'p.hcl' && body.items.some((item) => item.kind === 'block' && item.type === 'locals');
    if (isMain) visit(body, 'pipeline');
  }
  return found;
}

const HELP =
  'what the loader reads and what src/language/schema-*.ts says differ: change the schema, with a text for what is new';

test('the schema knows exactly what the loader reads, everywhere', async () => {
  const asked = await askedOfEverything();
  const names: BodyName[] = [
    ...([
      'pipeline',
      'module',
      'output',
      'variable',
      'locals',
      'secret',
      'resource',
      'notification',
      'params',
      'free',
    ] as const),
    ...(['job', 'get', 'put', 'task', 'notify', 'in_parallel', 'service', 'hook steps', 'hook command'] as const),
    ...(['inputs', 'input', 'approve', 'retain'] as const),
    ...SOURCE_KINDS,
    ...(['command', 'ready_check', 'template'] as const),
  ];
  for (const name of names) {
    const schema = bodySchema(name);
    const all = asked.get(name) ?? [];
    expect(all.length, `no body of the kind ${name} was read`).toBeGreaterThan(0);
    const read = {
      attributes: new Set(all.flatMap(({ attributes }) => [...attributes])),
      blocks: new Set(all.flatMap(({ blocks }) => [...blocks])),
    };
    const known = { attributes: new Set(Object.keys(schema.attributes)), blocks: new Set(Object.keys(schema.blocks)) };
    // Both may be given bare to any secret; the loader sees them as parameters like others.
    if (name === 'secret') for (const bare of ['path', 'key']) known.attributes.delete(bare);
    // Only a built-in type reads it.
    read.attributes.delete('pass_env');
    // Its blocks have the names that the pipeline gives them.
    if (schema.anyBlock !== undefined) read.blocks.clear();
    // Said where one stands that must not.
    if (name === 'in_parallel' || name === 'hook steps') read.blocks.delete('approve');
    expect([...read.attributes].sort(), `attributes of ${name}: ${HELP}`).toEqual([...known.attributes].sort());
    expect([...read.blocks].sort(), `blocks of ${name}: ${HELP}`).toEqual([...known.blocks].sort());
    // What these are given outside of `params` is read to say that it belongs in there.
    const takesAny = all.some((one) => one.takesAny) && name !== 'resource' && name !== 'notification';
    expect(schema.parameters !== undefined, `free attributes of ${name}: ${HELP}`).toBe(takesAny);
  }
});

test('what this version cannot do is not offered', async () => {
  for (const [name, all] of await askedOfEverything()) {
    const schema = bodySchema(name);
    for (const { unsupported } of all) {
      const offered = [...unsupported].filter((word) => word in schema.attributes || word in schema.blocks);
      expect(offered, name).toEqual([]);
    }
  }
});

test('everything has a text that ends as a sentence', async () => {
  for (const name of (await askedOfEverything()).keys()) {
    const { attributes, blocks } = bodySchema(name);
    for (const [word, { doc }] of [...Object.entries(attributes), ...Object.entries(blocks)]) {
      expect(doc, `${name}: ${word}`).toMatch(/^[A-Z].*[.…]$|^[A-Z].*[`)]\.$/s);
    }
  }
});
