/**
 * One mistake gives one message: a valid pipeline with one thing changed that people really get wrong, at every place where it can be changed. And
 * the message stands where the mistake is.
 */
import { expect, test } from 'bun:test';
import { loadText } from './load-fixture.ts';

const VALID = `variable "region" {
  type    = string
  default = "eu-west-1"
}

variable "db_password" {
  secret "vault" {
    path = "secret/data/db"
    key  = "password"
  }
}

locals {
  image = "golang:1.25"
  names = [for name in ["a", "b"] : upper(name)]
  label = "\${local.image}-\${var.region}"
}

secret_type "vault" {
  source = "pikoci://vault"
}

resource "git" "my-app" {
  params {
    url    = "https://example.org/app"
    branch = "main"
  }
  check_interval = "@every 1m"
}

resource "cron" "nightly" {
  check_interval = "0 3 * * *"
}

job "test" {
  get "git" "my-app" { trigger = true }

  service "postgresql" {
    password = var.db_password
  }

  matrix {
    go = ["1.24", "1.25"]
  }

  in_parallel {
    limit = 2
    task "unit" {
      run "docker" {
        image = local.image
        cmd   = "make test GO=\${each.value.go}"
      }
      env = {
        REGION = var.region
        NAMES  = join(",", local.names)
      }
      timeout = "10m"
    }
    task "lint" {
      run "shell" { cmd = "make lint" }
      allow_failure = true
    }
  }

  on_failure {
    task "tell" {
      run "shell" {
        cmd = <<-EOT
          echo \${local.label}
          echo "$BUILD_NUMBER failed"
        EOT
      }
    }
  }
}

job "deploy" {
  concurrency   = 1
  serial_groups = ["prod"]
  get "git" "my-app" {
    trigger = true
    passed  = ["test"]
  }
  get "cron" "nightly" {}
  task "version" {
    run "exec" {
      path = "sh"
      args = ["-c", "echo NAME=1 > $PIKOCI_OUTPUT"]
    }
  }
  task "push" {
    if = task.version.NAME != "0"
    run "shell" { cmd = "./deploy.sh \${get.my-app.ref}" }
    attempts = 2
  }
  put "git" "my-app" {
    no_get = true
  }
  notify "slack" "team" { message = "done" }
}

notification "slack" "team" {
  params { url = "https://example.org/hook" }
  on   = ["failure"]
  jobs = ["deploy"]
}
`;

interface Mutant {
  readonly line: number;
  readonly text: string;
}

/** `from` to `to` replaced by `by`. */
function changed(from: number, to: number, by: string): Mutant {
  return { line: VALID.slice(0, from).split('\n').length, text: VALID.slice(0, from) + by + VALID.slice(to) };
}

/** Each match of the pattern replaced; a group of the name `at` tells which part of it. */
function each(pattern: RegExp, by: (found: string) => string): Mutant[] {
  return [...VALID.matchAll(pattern)].map((match) => {
    const part = match.groups?.at ?? match[0];
    const from = match.index + match[0].indexOf(part);
    return changed(from, from + part.length, by(part));
  });
}

const swapped = (word: string): string => `${word.slice(0, 1)}${word.slice(2, 3)}${word.slice(1, 2)}${word.slice(3)}`;
const WORD = /[A-Za-z_][A-Za-z_-]{2,}/g;
const SINGLE_EQUALS = /[^=!<>](?<at>=)[^=>]/g;

const mutations: [what: string, mutants: Mutant[]][] = [
  ['a quote deleted', each(/"/g, () => '')],
  ['an opening brace deleted', each(/\{/g, () => '')],
  ['a closing brace deleted', each(/\}/g, () => '')],
  ['a bracket or parenthesis deleted', each(/[[\]()]/g, () => '')],
  ['a closing brace doubled', each(/\}/g, () => '}}')],
  ['a line with a closing brace doubled', each(/^ *\}\n/gm, (line) => line + line)],
  ['a line with a closing brace deleted', each(/^ *\}\n/gm, () => '')],
  ['the first line of a block deleted', each(/^ *\w.*\{\n/gm, () => '')],
  ['a closing bracket doubled', each(/\]/g, () => ']]')],
  ['an equals sign deleted', each(SINGLE_EQUALS, () => '')],
  ['a colon for an equals sign', each(SINGLE_EQUALS, () => ':')],
  ['an equals sign before a brace', each(/[\w"] (?<at>\{)/g, () => '= {')],
  ['a comma deleted', each(/,/g, () => '')],
  ['a semicolon for a comma', each(/,/g, () => ';')],
  ['two letters of a word swapped', each(WORD, swapped)],
  ['a letter of a word left out', each(/[A-Za-z_][A-Za-z_-]{3,}/g, (word) => word.slice(0, 2) + word.slice(3))],
  ['single quotes', each(/"[^"\n$]*"/g, (text) => `'${text.slice(1, -1)}'`)],
  ['no quotes', each(/"[^"\n$]*"/g, (text) => text.slice(1, -1))],
  ['the name of an attribute in quotes', each(/^ *(?<at>\w+) *= /gm, (name) => `"${name}"`)],
  ['an attribute on the line of the one before', each(/[^{}](?<at>\n) +\w+ *= /g, () => ' ')],
];

test('the pipeline that is changed is valid, and nothing is said about it', async () => {
  expect((await loadText(VALID)).diagnostics).toEqual([]);
});

test.each(mutations)(
  '%s',
  async (_, mutants) => {
    expect(mutants.length).toBeGreaterThan(2);
    let heard = 0;
    for (const { line, text } of mutants) {
      const { diagnostics } = await loadText(text);
      const said = diagnostics.map(({ code, subject }) => `${subject?.start.line} ${code}`);
      if (said.length > 0) heard += 1;
      if (said.length > 1) throw new Error(`more than one message about line ${line} of\n${text}\n${said.join('\n')}`);
    }
    // Some changes change nothing: a letter in the text of a command.
    expect(heard).toBeGreaterThan(mutants.length / 4);
  },
  60_000,
);

test('five mistakes give five messages', async () => {
  const text = VALID.replace('resource "git"', 'resource "gti"')
    .replace('upper(name)', 'uper(name)')
    .replace('"@every 1m"', '"1m"')
    .replace('    trigger = true\n', '    triger = true\n')
    .replace('passed  = ["test"]', 'passed  = ["tset"]');
  const { diagnostics } = await loadText(text);
  expect(diagnostics.map(({ code }) => code)).toEqual([
    ...['unknown-function', 'unknown-resource-type', 'bad-schedule', 'unknown-attribute', 'unknown-job'],
  ]);
});
