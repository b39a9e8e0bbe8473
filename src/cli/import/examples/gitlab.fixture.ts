import type { Expected } from './expected.fixture.ts';

export const gitlab: Readonly<Record<string, Expected>> = {
  'after-script.yml': {
    contains: [
      'echo before for i in 1 2; do echo "$i" done echo done',
      'ensure { task "after" { run "shell" { cmd = <<-EOT echo after rm -rf tmp EOT } allow_failure = true } }',
    ],
  },
  'caches.yml': {
    notConverted: ['7 default.cache.policy', '17 two.cache[1].untracked'],
    contains: [
      'key = "npm-${hashfiles("package-lock.json")}" paths = [".npm/"] restore_keys = ["npm-"]',
      'key = "${lower(replace(get.repo.branch, "/[^A-Za-z0-9]+/", "-"))}-${build.number}"',
    ],
  },
  'docker.yml': {
    notConverted: ['3 build-image.services[0]', '16 kaniko.image.pull_policy'],
    contains: [
      'IMAGE = "${var.CI_REGISTRY_IMAGE}:${get.repo.ref}"',
      'args = ["--entrypoint="]',
      'export CI_PROJECT_DIR="$WORKDIR"',
    ],
  },
  'extends.yml': {
    notConverted: ['9 .unused', '21 test.script[2]', '27 again.extends'],
    differs: ['4 .base.tags'],
    contains: [
      'go version echo setup echo nested echo deep go test ./...',
      'A = "1" B = "3" C = "1-x" D = "4"',
      'env = { A = "1", B = "2" }',
      'tags = ["linux"]',
    ],
  },
  'includes.yml': {
    notConverted: ['3 include[1]', '4 include[2]', '5 include[3]', '7 include[4]', '8 other.surprise'],
    contains: ['env = { FROM = "main", MORE = "1" }', 'passed = ["shared"]'],
  },
  'manual.yml': {
    notConverted: ['8 staging.environment', '19 later.when', '20 later.start_in'],
    contains: [
      'approve "staging" {}',
      'serial_groups = ["staging"]',
      'timeout = "1h30m"',
      'task "production" { run "shell" { cmd = "make production" } }',
    ],
  },
  'matrix.yml': {
    contains: [
      'matrix { index = [1, 2, 3] }',
      'CI_NODE_INDEX = each.value.index, CI_NODE_TOTAL = "3"',
      'image = "python:${each.value.VERSION}"',
      'aws-data = { PROVIDER = "aws", STACK = "data" }',
    ],
  },
  'monorepo.yml': {
    notConverted: ['8 .service.rules[0].changes'],
    contains: ['env = { SERVICE = "api" }', 'job "web-client" { # web: client'],
  },
  'needs.yml': {
    notConverted: ['19 test-b.needs[2]'],
    contains: [
      'passed = ["build-b", "build-a"]',
      'ensure { put "artifact" "build-a" { paths = ["a.out", "!**/*.log"] dir = "." } }',
      'get "artifact" "build-a" { passed = ["build-a"] }',
      'cp -a artifacts-build-a/. .',
      'passed = ["test-a", "test-b", "lint"]',
    ],
  },
  'only-except.yml': {
    notConverted: ['8 not-docs.except.variables', '14 others.only[0]', '14 others.only[1]'],
    contains: [
      'if = get.repo.branch == "main" || can(regex("^release-.*$", get.repo.branch))',
      'if = !(get.repo.branch == "docs")',
      'get "git" "tags" { trigger = true }',
    ],
  },
  'quoting.yml': {
    notConverted: ['3 variables.bad name'],
    contains: [
      'image = "node:\\"\\n}\\nx"',
      `cmd = <<-EOT_ echo '$\${NOT} %%{x}' "$QUOTE" cat <<EOT $HOME EOT EOT_`,
      'QUOTE = "it\'s ${var.UNDEFINED_X} \\"q\\" %%{x} $ $(id)"',
      'if = get.repo.branch == "a\\\\\\"$${b}"',
    ],
  },
  'release.yml': {
    contains: [
      'put "artifact" "build" { paths = ["dist/*.tgz"] dir = "." }',
      'shell = "/bin/bash"',
      'CI_JOB_TOKEN = var.CI_JOB_TOKEN',
      'export CI_COMMIT_TAG="$GET_TAGS_TAG"',
    ],
  },
  'retries.yml': {
    notConverted: ['6 careful.retry.when[2]', '6 careful.retry.exit_codes', '9 allowed.allow_failure.exit_codes'],
    differs: ['12 allowed.tags'],
    contains: [
      'attempts = 3',
      'attempts = { count = 2, on = ["failure", "error"] }',
      'timeout = "3h30m"',
      'interruptible = true',
    ],
  },
  'rules.yml': {
    notConverted: [
      '7 build.rules[2]',
      '8 build.rules[3].changes',
      '18 nightly.rules[0]',
      '19 nightly.rules[1]',
      '24 after.rules[0]',
    ],
    contains: [
      'if = get.repo.branch == "main" || can(regex("^release/\\\\d+", get.repo.branch))',
      'resource "git" "tags" { params { url = "https://git.example.com/team/app.git" name = "." tag = "/^v\\\\d/"',
      'task "nightly" { run "shell" { cmd = "make nightly" } if = false }',
    ],
  },
  'secrets.yml': {
    notConverted: ['7 deploy.secrets.DB_PASSWORD.file', '8 deploy.secrets.OTHER'],
    contains: [
      'secret "vault" { path = "ops/data/production/db" key = "password" }',
      'env = { API_KEY = var.API_KEY, DB_PASSWORD = var.ops_data_production_db_password }',
      'id_token { aud = "https://vault.example.com" }',
    ],
  },
  'services.yml': {
    notConverted: ['12 test.services[0].variables.PGDATA', '14 test.services[2]'],
    differs: ['13 test.services[1]'],
    contains: [
      'service "postgresql" "db" { version = "17" user = "runner" password = "secret" database = "other"',
      'service "postgresql" "postgres" {',
      'service "mariadb" { version = "11" args = ["--max-connections=10"] }',
    ],
  },
  'tools.yml': {
    contains: ['matrix { N = ["1", "2"] }', 'N = each.value.N', 'allow_failure = true'],
  },
  'triggers.yml': {
    notConverted: ['5 child.trigger', '8 downstream.trigger', '9 downstream.variables', '17 release.release'],
    differs: ['11 pages'],
    contains: ["echo 'the job child was not converted' >&2; exit 1"],
  },
  'web-app.yml': {
    notConverted: ['13 build.artifacts.expire_in', '19 test.coverage', '26 deploy.environment'],
    differs: ['24 deploy'],
    contains: [
      'approve "deploy" {}',
      'reports { junit = ["junit.xml"] }',
      'export CI_COMMIT_SHORT_SHA="$(printf %.8s "$GET_REPO_REF")"',
      'if = get.repo.branch == "main"',
      'DEPLOY_TOKEN = var.DEPLOY_TOKEN',
    ],
  },
  'workflow.yml': {
    notConverted: ['2 workflow', '9 variables.TARGET.options', '13 job.inherit'],
    contains: ['env = { TARGET = "staging", PLAIN = "x" }'],
  },
};
