import { describe, expect, test } from 'bun:test';
import type { Json } from '../lib/json.ts';
import { planForCheck, planForJob } from './build-plan.ts';
import { type LoadTextOptions, loadGood, loadText } from './load-fixture.ts';
import { neededVariables } from './needed-variables.ts';
import { allSteps, stepValues } from './plan-walk.ts';
import { createRunTime, type RunFacts } from './run-time.ts';

const GO = `
variable "version" {}
variable "url" {
  type = string
}
variable "token" {
  type    = string
  default = null
}
variable "tags" {
  type    = list(string)
  default = ["a"]
}
locals { label = "go \${var.version}" }
resource "git" "repo" {
  params {
    url   = var.url
    token = var.token
  }
}
job "build" {
  get "git" "repo" { trigger = true }
  task "t" {
    run "shell" { cmd = "make" }
    env = {
      LABEL = local.label
      BOTH  = "\${local.label} \${var.token} \${build.number}"
      TAGS  = join(",", var.tags)
      REF   = get.repo.ref
    }
  }
}
job "publish" {
  get "git" "repo" { passed = ["build"] }
  task "t" {
    run "shell" { cmd = "true" }
  }
}
output "label" { value = local.label }
output "secret" { value = var.token }
`;

const MAIN = `
variable "token" {
  secret "vault" { path = "p" }
}
locals { version = "1.25" }
module "go" {
  source  = "./parts/go.hcl"
  version = local.version
  url     = "https://x"
  token   = var.token
}
job "after" {
  get "git" "go--repo" { passed = ["go--publish"] }
  task "t" {
    run "shell" { cmd = "true" }
    env = {
      LABEL  = module.go.label
      SECRET = module.go.secret
      BOTH   = "\${module.go.secret} \${build.number}"
      ALL    = join(",", values(module.go))
    }
  }
}
`;
const files = { 'parts/go.hcl': GO };

const FACTS: RunFacts = { build: { number: 7 }, get: { repo: { ref: 'abc' } }, task: {}, variables: {} };

/** What the tasks of a job have in their environment in a build, and which names the worker has to fetch for it. */
async function environmentOf(text: string, job: string, options: LoadTextOptions): Promise<Record<string, Json>> {
  const plan = planForJob(await loadGood(text, options), job);
  const found: Record<string, Json> = {};
  for (const step of allSteps(plan.steps, plan.hooks)) {
    if (step.kind !== 'task') continue;
    const variables: Record<string, Json> = {};
    for (const { name } of neededVariables(plan, stepValues(step))) variables[name] = `<${name}>`;
    const env = createRunTime(plan.scope, { ...FACTS, variables }).evaluateAll(step.env);
    if (env.kind === 'failed') throw new Error(env.diagnostics.map(({ detail }) => detail).join('\n'));
    for (const [name, { value, sensitive }] of Object.entries(env.values)) {
      found[name] = sensitive ? ['sensitive', value] : value;
    }
  }
  return found;
}

describe('a module', () => {
  test('brings its jobs and resources under its name', async () => {
    const pipeline = await loadGood(MAIN, { files });
    expect(pipeline.jobs.map(({ name, group }) => [name, group])).toEqual([
      ['after', 'after'],
      ['go--build', 'go--build'],
      ['go--publish', 'go--publish'],
    ]);
    expect(pipeline.resources.map(({ address, name, directory }) => [address, name, directory])).toEqual([
      ['git.go--repo', 'go--repo', 'repo'],
    ]);
    const passed = pipeline.jobs.map(({ steps }) =>
      steps.flatMap((step) => (step.kind === 'get' ? [[step.name, step.resource, ...step.passed]] : [])),
    );
    expect(passed).toEqual([
      [['go--repo', 'git.go--repo', 'go--publish']],
      [['repo', 'git.go--repo']],
      [['repo', 'git.go--repo', 'go--build']],
    ]);
    expect(pipeline.jobs[1]?.at).toEqual({ file: 'parts/go.hcl', line: 21, column: 1 });
  });

  test('gets its inputs in a build, secret ones too', async () => {
    expect(await environmentOf(MAIN, 'go--build', { files })).toEqual({
      LABEL: 'go 1.25',
      BOTH: ['sensitive', 'go 1.25 <token> 7'],
      TAGS: 'a',
      REF: 'abc',
    });
  });

  test('gives outputs, secret ones too', async () => {
    expect(await environmentOf(MAIN, 'after', { files })).toEqual({
      LABEL: 'go 1.25',
      SECRET: ['sensitive', '<token>'],
      BOTH: ['sensitive', '<token> 7'],
      ALL: ['sensitive', 'go 1.25,<token>'],
    });
  });

  test('is checked with what the resource needs, and nothing else', async () => {
    const plan = planForCheck(await loadGood(MAIN, { files }), 'git.go--repo');
    expect(Object.keys(plan.scope.variables)).toEqual(['token']);
    expect(Object.keys(plan.scope.locals)).toEqual(['go:input:token']);
    expect(plan.resource.params.token).toMatchObject({ kind: 'deferred', sensitive: true });
    expect(
      createRunTime(plan.scope, { ...FACTS, variables: { token: 's' } }).evaluateAll(plan.resource.params),
    ).toEqual({
      kind: 'values',
      values: {
        url: { value: 'https://x', sensitive: false },
        token: { value: 's', sensitive: true },
      },
    });
  });

  test('for each key: one each, with each in its inputs', async () => {
    const text = `
      module "go" {
        source   = "./parts/go.hcl"
        for_each = { "1.24" = "x", "1.25" = "y" }
        version  = each.key
        url      = "https://\${each.value}"
        token    = "\${each.key}/\${local.number}"
      }
      locals {
        number = build.number
        labels = [for key, go in module.go : "\${key}: \${go.label}"]
      }
      job "all" {
        get "git" "go--1.24--repo" { passed = ["go--1.24--build"] }
        task "t" {
          run "shell" { cmd = "true" }
          env = {
            LABELS = jsonencode(local.labels)
            ONE    = "\${module.go["1.25"].secret}, \${module.go["1.25"].label}"
          }
        }
      }`;
    const options = { files: { 'parts/go.hcl': GO.replace('    token = var.token\n', '') } };
    expect((await loadGood(text, options)).jobs.map(({ name }) => name)).toEqual([
      ...['all', 'go--1.24--build', 'go--1.24--publish', 'go--1.25--build', 'go--1.25--publish'],
    ]);
    expect(await environmentOf(text, 'all', options)).toEqual({
      LABELS: '["1.24: go 1.24","1.25: go 1.25"]',
      ONE: '1.25/7, go 1.25',
    });
    expect(await environmentOf(text, 'go--1.24--build', options)).toMatchObject({ BOTH: 'go 1.24 1.24/7 7' });
  });

  test('in a module: names, outputs, values and types come through', async () => {
    const text = `
      variable "password" {
        sensitive = true
        default   = "pw"
      }
      module "outer" {
        source = "./outer.hcl"
        secret = var.password
      }
      job "last" {
        get "outer--inner--own" "outer--inner--thing" { passed = ["outer--inner--deep"] }
        task "t" {
          run "shell" { cmd = "true" }
          env = { OUT = module.outer.through }
        }
      }`;
    const options = {
      files: {
        'outer.hcl': `
          variable "secret" {}
          module "inner" {
            source = "./deep/inner.hcl"
            secret = "<\${var.secret}>"
            number = "8"
          }
          output "through" { value = "\${module.inner.out}!" }`,
        'deep/inner.hcl': `
          variable "secret" {
            type = string
          }
          variable "number" {
            type      = number
            sensitive = true
          }
          resource_type "own" {
            check "tool" { path = "x" }
            pull "tool" { path = file("../pull.txt") }
          }
          runner_type "tool" {
            run {
              path = "$path"
            }
          }
          resource "own" "thing" {}
          job "deep" {
            get "own" "thing" {}
            task "t" {
              run "shell" { cmd = "true" }
              env = {
                SECRET = var.secret
                NUMBER = var.number + 1
                FILE   = "\${file("note.txt")} \${build.number}"
              }
            }
          }
          output "out" { value = "out \${var.secret}" }`,
        'deep/note.txt': 'note',
        'pull.txt': 'puller',
      },
    };
    const { pipeline, secretsOfVariables, diagnostics } = await loadText(text, options);
    expect(diagnostics).toEqual([]);
    expect(secretsOfVariables).toEqual({ password: 'pw', 'outer:inner:number': 8 });
    expect(pipeline?.resources.map(({ address }) => address)).toEqual(['outer--inner--own.outer--inner--thing']);
    expect(Object.keys(pipeline?.types.resources ?? {})).toEqual(['outer--inner--own']);
    expect(pipeline?.types.resources['outer--inner--own']?.pull).toMatchObject({
      runner: 'outer--inner--tool',
      params: { path: { kind: 'known', value: 'puller' } },
    });
    expect(await environmentOf(text, 'last', options)).toEqual({ OUT: ['sensitive', 'out <<password>>!'] });
    expect(
      await environmentOf(text, 'outer--inner--deep', {
        files: { ...options.files, 'deep/inner.hcl': options.files['deep/inner.hcl'].replace(' + 1', '') },
      }),
    ).toEqual({
      SECRET: ['sensitive', '<<password>>'],
      NUMBER: ['sensitive', '<outer:inner:number>'],
      FILE: 'note 7',
    });
  });

  test('has from the pipeline what it does not declare, and tells its own jobs alone', async () => {
    const text = `
      runner_type "shell" {
        run {
          path = "/bin/own"
          args = ["$cmd"]
        }
      }
      notification "slack" "all" {
        params { url = "u" }
        on = "failure"
      }
      module "m" { source = "m.hcl" }
      job "outside" {
        task "t" {
          run "shell" { cmd = "true" }
        }
        on_success {
          notify "slack" "m--own" {}
        }
      }`;
    const pipeline = await loadGood(text, {
      files: {
        'm.hcl': `
          notification "slack" "own" {
            params { url = "o" }
            on = "failure"
          }
          job "inside" {
            task "t" {
              run "shell" { cmd = "true" }
            }
          }`,
      },
    });
    expect(pipeline.types.runners.shell?.run.path).toBe('/bin/own');
    const told = pipeline.jobs.map(({ name, notices = [] }) => [name, ...notices.map(({ step }) => step.name)]);
    expect(told).toEqual([
      ['outside', 'all'],
      ['m--inside', 'all', 'm--own'],
    ]);
    expect(pipeline.jobs[0]?.hooks.onSuccess?.[0]).toMatchObject({ params: { url: { value: 'o' } } });
  });

  test('converts what only a run knows', async () => {
    const text = `
      locals { n = build.number }
      module "m" {
        source = "m.hcl"
        text   = local.n
        list   = [local.n, "x"]
        map    = { a = local.n }
        object = { a = local.n, more = "dropped" }
        tuple  = [local.n, "2"]
        any    = local.n
      }`;
    const m = `
      variable "text" { type = string }
      variable "list" { type = set(string) }
      variable "map" { type = map(string) }
      variable "object" { type = object({ a = string, b = optional(number, 3) }) }
      variable "tuple" { type = tuple([string, number]) }
      variable "any" { type = any }
      job "j" {
        task "t" {
          run "shell" { cmd = "true" }
          env = { ALL = jsonencode([var.text, var.list, var.map, var.object, var.tuple, var.any]) }
        }
      }`;
    expect(await environmentOf(text, 'm--j', { files: { 'm.hcl': m } })).toEqual({
      ALL: '["7",["7","x"],{"a":"7"},{"a":"7","b":3},["7",2],7]',
    });
  });

  test('from an address: fetched once, kept, and without files', async () => {
    const asked: string[] = [];
    const sources = {
      fetch: async (url: string) => {
        asked.push(url);
        return {
          kind: 'text' as const,
          text: 'variable "a" {}\njob "j" {\n task "t" {\n run "shell" { cmd = file("x") }\n }\n}',
        };
      },
    };
    const text =
      'module "a" {\n source = "https://x/m.hcl"\n a = 1\n}\nmodule "b" {\n source = "https://x/m.hcl"\n a = 2\n}';
    const loaded = await loadText(text, { sources, files: { x: 'a file' } });
    const { diagnostics, sources: texts, usedSources } = loaded;
    expect(asked).toEqual(['https://x/m.hcl']);
    expect([...texts.keys()]).toContain('https://x/m.hcl');
    expect(usedSources.map(({ kind, address }) => [kind, address])).toContainEqual(['module', 'https://x/m.hcl']);
    expect(diagnostics.map(({ detail }) => detail)).toEqual([
      'https://x/m.hcl is not a file of the pipeline, so there are no files beside it to read; hand over what it needs as an input. In module "a" (p.hcl, line 1).',
    ]);
  });
});
