/** Small repositories: what each is, its files, and the commands that build and test it. */
export const repositories: readonly [string, Readonly<Record<string, string>>, readonly string[]][] = [
  [
    'Node.js with npm',
    { 'package.json': '{"scripts":{"test":"x","lint":"x"}}', 'package-lock.json': '' },
    ['npm ci', 'npm run lint', 'npm run test'],
  ],
  [
    'Node.js with npm',
    { 'package.json': '{"scripts":{"test":"echo \\"Error: no test specified\\" && exit 1"}}' },
    ['npm install'],
  ],
  ['Node.js with npm', { 'package.json': 'not JSON' }, ['npm install']],
  [
    'Node.js with pnpm',
    { 'package.json': '{}', 'pnpm-lock.yaml': '' },
    ['corepack enable && pnpm install --frozen-lockfile'],
  ],
  [
    'Node.js with Bun',
    { 'package.json': '{"scripts":{"build":"x"}}', 'bun.lock': '' },
    ['bun install --frozen-lockfile', 'bun run build'],
  ],
  ['Go', { 'go.mod': 'module x', 'go.sum': '' }, ['go vet ./...', 'go build ./...', 'go test ./...']],
  ['Rust', { 'Cargo.toml': '', 'Cargo.lock': '' }, ['cargo build --all-targets', 'cargo test']],
  [
    'Python',
    { 'requirements.txt': '' },
    [
      'python3 -m venv .venv && .venv/bin/pip install -r requirements.txt pytest',
      '.venv/bin/pytest --junitxml=results.xml',
    ],
  ],
  ['Java with Maven', { 'pom.xml': '', mvnw: '' }, ['./mvnw --batch-mode -Dmaven.repo.local=.m2 verify']],
  ['Java with Gradle', { 'build.gradle.kts': '' }, ['gradle build']],
  ['Ruby', { Gemfile: '' }, ['bundle install', 'bundle exec rake']],
  [
    'PHP',
    { 'composer.json': '{}' },
    ['composer install --no-interaction', 'vendor/bin/phpunit --log-junit results.xml'],
  ],
  ['make', { Makefile: 'CC := gcc\ntest: build\n\t./run\nbuild:\n\tcc\n.PHONY: test\n' }, ['make build', 'make test']],
  ['make', { Makefile: 'all:\n\tcc\n' }, ['make']],
];
