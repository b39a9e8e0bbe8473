import type { Expected } from './expected.fixture.ts';

export const concourse: Readonly<Record<string, Expected>> = {
  'fan-in.yml': {
    contains: [
      'in_parallel { limit = 2 fail_fast = true get "git" "repo" { trigger = true } get "git" "config" {} }',
      'cmd = "cd repo && go test -tags integration ./..."',
      'image = "golang:1.24"',
      'get "git" "repo" { trigger = true passed = ["unit", "integration"] }',
      'serial_groups = ["database"]',
    ],
  },
  'hooks.yml': {
    notConverted: ['17 jobs[0].on_failure.params.silent'],
    differs: ['17 jobs[0].on_failure.params.text'],
    contains: [
      'notification "slack" "notify" { params { url = var.slack_url } }',
      'on_success { task "good" {',
      'on_error { task "bad" {',
      'on_cancel { task "stopped" {',
      'ensure { task "clean" {',
      'notify "slack" "notify" { message = "done" }',
      'task "lint" { run "shell" { cmd = "make lint" } allow_failure = true }',
    ],
  },
  'image.yml': {
    notConverted: ['12 resources[1].source.email', '24 jobs[0].plan[1].params.cache'],
    differs: ['32 jobs[1].plan[1].image'],
    contains: [
      'run "buildah" { tag = "registry.example.com/team/api:latest" context = "source" dockerfile = "docker/Dockerfile" build_args = { VERSION = "1.2" } }',
      'put "registry-image" "image" { image = "image.tar"',
      'private_key = var.git_private_key',
      'secret "pikoci" { path = "git" key = "private-key" }',
    ],
  },
  'limits.yml': {
    notConverted: [
      '6 resources[0].source.git_config',
      '9 jobs[0].build_log_retention.minimum_succeeded_builds',
      '10 jobs[0].old_name',
      '19 jobs[0].plan[1].timeout',
      '20 jobs[0].plan[1].container_limits.cpu',
    ],
    contains: [
      'image = "gcc:14"',
      'memory = "2048MB"',
      'args = ["--privileged"]',
      'retain { builds = 50 days = 30 }',
      'disable_manual_trigger = true',
      'tags = ["big"]',
    ],
  },
  'load-var.yml': {
    notConverted: ['19 jobs[0].plan[3]', '28 jobs[0].plan[5].params.bump_aliases'],
    contains: [
      "value=$(tr -d '\\n' < repo/VERSION)",
      'tag = task.load-version.value',
      'jsondecode(task.load-meta.value).channel',
    ],
  },
  'locks.yml': {
    notConverted: [
      '3 resource_types[0]',
      '10 resources[0].source.skip_ssl_verification',
      '11 resources[1]',
      '14 resources[2]',
      '21 jobs[0].plan[1]',
      '31 jobs[0].ensure',
    ],
    contains: ['inputs = ["repo"]'],
  },
  'mappings.yml': {
    contains: [
      'name = "source" depth = 1 submodules = true',
      'ln -sfn web code mkdir -p deep && ln -sfn ../source deep/source mkdir -p web-report ln -sfn web-report report',
      'inputs = ["web", "source"]',
      'outputs = ["api-report"]',
    ],
  },
  'matrix.yml': {
    notConverted: ['24 jobs[0].plan[2]'],
    contains: ['limit = 2 fail_fast = true task "go-1.23"', 'image = "golang:1.24"', 'env = { MODE = "race" }'],
  },
  'monorepo.yml': {
    notConverted: ['3 groups', '5 display'],
    contains: ['branch = "main" paths = ["web"]', 'branch = "main" paths = ["api"]', 'cmd = "make -C api/api"'],
  },
  'nested.yml': {
    notConverted: ['26 jobs[0].plan[0].do[3].unheard_of'],
    contains: [
      'in_parallel { in_parallel { limit = 1 fail_fast = true task "a"',
      'task "c" { run "shell" { cmd = "echo c" } } allow_failure = true timeout = "5m"',
      'attempts = 3',
    ],
  },
  'promotion.yml': {
    notConverted: ['6 resources[0].source.fetch_tags'],
    contains: ['version = { ref = "0123456789abcdef0123456789abcdef01234567" }', 'tag = "v*"', 'version = "every"'],
  },
  'pull-requests.yml': {
    notConverted: ['9 resources[0].webhook_token', '19 jobs[0].plan[1]'],
    contains: ['pr_base = "main"', 'url = "https://github.com/example/app.git"', 'interruptible = true'],
  },
  'quoting.yml': {
    notConverted: ['15 jobs[0].plan[1].config.params.bad-key'],
    contains: [
      '"https://git.example.com/$${x}.git\\"\\n}\\njob \\"evil\\" {"',
      'branch = "%%{ if true }x%%{ endif }"',
      `QUOTE = "it's \\"$\${HOME}\\" $(date) \`id\` %%{x}"`,
      `$\${HOME} %%{not} a "template"`,
      "echo 'it'\\\\''s' '$HOME' 'a b' '; false' '\\u0001\\u2028x'",
    ],
  },
  's3-release.yml': {
    notConverted: [
      '11 resources[0].source.server_side_encryption',
      '15 resources[2]',
      '24 jobs[0].plan[0].params.unpack',
      '25 jobs[0].plan[1]',
    ],
    contains: [
      'repository = "example/app"',
      'order = "time"',
      'tag_file = "version/version"',
      'region = "eu-central-1"',
    ],
  },
  'scheduled.yml': {
    notConverted: ['18 resources[3].source.initial_version'],
    contains: [
      'check_interval = "0 2 * * *" timezone = "Europe/Vienna"',
      'check_interval = "*/30 8-17 * * 1,2,3,4,5"',
      'check_interval = "@every 6h"',
      'shell = "/bin/bash"',
    ],
  },
  'set-pipeline.yml': {
    notConverted: ['10 jobs[0].plan[1]', '14 jobs[0].plan[2].vars.token', '15 jobs[0].plan[2].var_files'],
    differs: ['12 jobs[0].plan[2]', '16 jobs[0].plan[3]'],
    contains: ['file = "ci/pipelines/app.hcl"', 'vars = { region = "eu" }', 'instance_vars = { version = "1.8.x" }'],
  },
  'task-files.yml': {
    notConverted: ['15 jobs[0].plan[2].file', '22 oops'],
    contains: [
      'image = "node:22"',
      'env = { REPORTER = "dot", LEVEL = "3" }',
      'outputs = ["coverage"]',
      'branch = var.branch',
    ],
  },
  'tools.yml': {
    contains: ['ensure { task "after"', 'task "may-fail" { run "shell" { cmd = "false" } allow_failure = true }'],
  },
  'vault.yml': {
    notConverted: ['8 var_sources[0].config.client_token', '9 var_sources[1]'],
    contains: [
      'secret "vault" { path = "ci/main/database" key = "password" }',
      'secret_type "vault" { source = "pikoci://vault" address = "https://vault.example.com:8200"',
      'postgres://${var.ci_main_database_user}@db.example.com/app',
    ],
  },
  'web-app.yml': {
    notConverted: ['5 resources[0].icon', '13 jobs[0].public'],
    contains: [
      'check_interval = "@every 2m"',
      'image = "node:22" cmd = <<-EOT set -x cd app npm ci npm test EOT',
      'cache { key = "unit-${build.number}" paths = ["app/.npm"] restore_keys = ["unit-"] }',
      "app/scripts/deploy.sh --to production 'it'\\\\''s live'",
      'timeout = "10m" attempts = 2',
    ],
  },
};
