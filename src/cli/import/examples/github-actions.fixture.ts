import type { Expected } from './expected.fixture.ts';

export const githubActions: Readonly<Record<string, Expected>> = {
  'artifacts.yml': {
    notConverted: ['17 jobs.build.steps[2].with.retention-days', '20 jobs.build.steps[3].with.if-no-files-found'],
    contains: [
      'put "artifact" "dist" { paths = ["dist/**", "!dist/**/*.map"]',
      'ensure { put "artifact" "logs" { paths = ["logs/*.txt"]',
      'get "artifact" "dist" { passed = ["build"] } task "ls-dist"',
      'task "place-logs" { run "shell" { cmd = "cp -a logs/. ." } }',
    ],
  },
  'branches-and-tags.yml': {
    differs: ['13 jobs.publish.needs'],
    contains: ['tag = "/^(?:v[0-9]+\\\\.[^/]*)$/"', 'get "git" "tags" { trigger = true }', 'TAG=${get.tags.tag}'],
  },
  'caches.yml': {
    notConverted: ['22 jobs.rust.steps[4].with.path', '24 jobs.rust.steps[5].with.enableCrossOsArchive'],
    differs: ['23 jobs.rust.steps[5]'],
    contains: [
      'key = "Linux-cargo-${hashfiles("**/Cargo.lock")}" paths = [".cargo-home", "target"] restore_keys = ["Linux-cargo-"]',
      'CARGO_HOME = "/workdir/.cargo-home"',
    ],
  },
  'docker-image.yml': {
    notConverted: [
      '15 jobs.image.steps[3].with.username',
      '17 jobs.image.steps[4]',
      '25 jobs.image.steps[5].with.platforms',
    ],
    contains: [
      'tag = ["ghcr.io/example/app:latest", "ghcr.io/example/app:${get.repo.ref}"]',
      'dockerfile = "docker/Dockerfile" build_args = { VERSION = "1.2", MODE = "production" } push = true',
      'password = var.GITHUB_TOKEN',
    ],
  },
  'java.yml': {
    notConverted: ['10 jobs.verify.steps[2]', '14 jobs.verify.steps[4].timeout-minutes'],
    differs: ['17 jobs.verify.steps[5].with.name'],
    contains: ['image = "gradle:8-jdk21"', 'on_failure { put "artifact" "reports" {'],
  },
  'manual.yml': {
    notConverted: ['2 run-name', '18 on.workflow_dispatch.inputs.note'],
    contains: [
      'target { description = "Where to" options = ["staging", "production"] default = "staging" }',
      'version { description = "Which version" required = true }',
      'dry_run { type = bool default = true }',
      'if = !(input.dry_run)',
      '${input.version} --replicas ${input.replicas}',
      'serial_groups = ["deploy"]',
    ],
  },
  'matrix-include.yml': {
    notConverted: ['29 jobs.odd.strategy.matrix', '31 jobs.odd.steps[0].run'],
    contains: [
      '"1.24-amd64" = { go = "1.24" arch = "amd64" cover = true flags = "" }',
      'tip-amd64 = { go = "tip" arch = "amd64" cover = "" flags = "-race" }',
      'image = "golang:${each.value.go}"',
      'branches = "/^(?:main|release\\\\/.*)$/"',
      'passed = ["build"]',
    ],
  },
  'matrix.yml': {
    notConverted: ['8 jobs.test.strategy.max-parallel'],
    differs: ['5 jobs.test.runs-on'],
    contains: [
      'matrix { os = ["ubuntu-latest", "windows-latest"] python = ["3.9", "3.10", 3.11] }',
      'tags = [each.value.os]',
      'if = each.value.os == "ubuntu-latest"',
    ],
  },
  'monorepo.yml': {
    notConverted: ['6 on.push.paths', '12 jobs.changes.outputs', '15 jobs.changes.steps[1]', '22 jobs.api.if'],
    contains: ['cd services/api make -C ../${each.value.service} test', 'if = false'],
  },
  'outputs.yml': {
    notConverted: [
      '9 jobs.version.outputs',
      '15 jobs.version.steps[3]',
      '16 jobs.version.steps[4]',
      '25 jobs.use.steps[0].run',
    ],
    contains: [
      'export GITHUB_OUTPUT="$PIKOCI_OUTPUT"',
      'this is ${task.find.version}',
      'if = (task.find.version != "") && (strcontains(task.find.version, "."))',
      'echo $${{ needs.version.outputs.version }}',
    ],
  },
  'pull-request.yml': {
    notConverted: ['5 on.pull_request.types', '15 jobs.check.steps[1].run'],
    contains: [
      'pr = true pr_base = "main" ignore_paths = ["docs/**", "*.md"]',
      'interruptible = true',
      'PR=${get.repo.pr}',
    ],
  },
  'push-and-pull.yml': {
    notConverted: [
      '4 on.pull_request',
      '5 on.release',
      '11 jobs.test.steps[0].with.lfs',
      '13 jobs.test.steps[2]',
      '15 jobs.test.steps[3]',
    ],
    contains: ['submodules = true', 'paths = ["src/**"]'],
  },
  'quoting.yml': {
    notConverted: [
      '7 env.bad-name',
      '19 jobs.odd_id-1.steps[1].run',
      '19 jobs.odd_id-1.steps[1].run',
      '20 jobs.odd_id-1.steps[2].run',
    ],
    contains: [
      'branch = "main\\"\\n}\\njob \\"evil\\" {"',
      'cmd = <<-EOT_ cat <<EOT $${HOME} %%{x} EOT',
      'COPY = "it\'s $${HOME} %%{x} $(id) \\"q\\""',
      'if = false',
    ],
  },
  'release.yml': {
    notConverted: ['17 jobs.release.permissions', '27 jobs.release.steps[1].with.fail_on_unmatched_files'],
    contains: [
      'export GITHUB_REF_NAME="$GET_REPO_TAG"',
      'tag = get.repo.tag assets = ["dist/*.tgz"] generate_notes = true',
      'repository = "team/app"',
      'resource "artifact" "packages" { params { name = "dist" } }',
    ],
  },
  'reusable.yml': {
    notConverted: ['4 on.workflow_call', '9 jobs.call', '16 jobs.own.steps[0]'],
    differs: ['17 jobs.own.steps[1]'],
    contains: ["echo 'the job call was not converted' >&2; exit 1", 'image = "alpine:3.21" cmd = "echo hello"'],
  },
  'scheduled.yml': {
    differs: ['8 jobs.clean.runs-on', '20 jobs.report.if'],
    contains: [
      'resource "cron" "schedule-2" { check_interval = "0 6 * * 0" }',
      'get "git" "repo" {} get "cron" "schedule" { trigger = true }',
      'tags = ["big-disk"]',
      'on_failure { task "Tell"',
      'on_cancel { task "echo"',
    ],
  },
  'services.yml': {
    notConverted: ['16 jobs.container.services.db.env.PGDATA', '36 jobs.machine.services.search'],
    differs: ['23 jobs.container.services.cache'],
    contains: [
      'service "postgresql" "db" { version = "17" user = "app" password = "secret" database = "test"',
      'service "postgresql" "postgres" { password = var.PG port = 5432 }',
      'args = ["--cpus", "2", "-v", "/data:/data"]',
      'args = ["--network", "host"]',
      'NODE_ENV = "test"',
    ],
  },
  'shells.yml': {
    notConverted: ['25 jobs.all.steps[4].shell'],
    contains: [
      "shell = \"/bin/bash\" cmd = <<-EOT set -o pipefail cd 'dir with '\\''quote' set -x",
      "exec python3 -c ' import sys",
    ],
  },
  'tools.yml': {
    contains: ['test \\"${task.hello.greeting}\\" = \\"hello world\\"', 'cp -a out/. .', 'matrix { n = [1, 2] }'],
  },
  'web-app.yml': {
    notConverted: ['6 permissions', '33 jobs.deploy.environment'],
    contains: [
      'image = "node:22" cmd = "npm ci"',
      'key = "npm-${hashfiles("**/package-lock.json")}"',
      'allow_failure = true',
      'export GITHUB_STEP_SUMMARY="$PIKOCI_SUMMARY"',
      '--sha ${get.repo.ref} --ref \\"main\\"',
      'TOKEN = var.DEPLOY_TOKEN',
      'timeout = "20m"',
      'serial_groups = ["deploy"]',
    ],
  },
};
