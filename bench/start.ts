import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure } from './figure.ts';
import { IN_MEMORY, startPikoci } from './pikoci-server.ts';
import { interleave, PROGRAM, timeCommand, type Workplace, workplace } from './program.ts';
import type { Suite } from './suite.ts';

const ECHO = `job "echo" {
  task "say" {
    run "exec" {
      path = "echo"
      args = ["hello"]
    }
  }
}
`;

/** How quickly it is there: a word of its own, a server that answers, a job from the command line. */
export const start: Suite = {
  about: 'pikoci version, a server up and answering, a run of one echo',
  async run({ runs, say }) {
    using place = workplace();
    place.write('echo.hcl', ECHO);
    const [version = [], node = [], shell = []] = await interleave(
      [
        () => timeCommand(PROGRAM, ['version'], place),
        () => timeCommand('node', ['-e', '0'], place),
        () => timeCommand('sh', ['-c', 'echo'], place),
      ],
      { runs: Math.max(runs, 20), warmUps: 3 },
    );
    const [server = [], nodeServer = []] = await interleave([() => serverUp(place), () => nodeServerUp(place)], {
      runs,
      warmUps: 1,
    });
    const runArguments = ['run', '--pipeline-config', 'echo.hcl', '--job', 'echo'];
    const gitlab = gitlabCiLocal(place);
    if (!gitlab)
      say('gitlab-ci-local is not installed: its figure is left out (npm install --no-save gitlab-ci-local)');
    const [run = [], gitlabRun = []] = await interleave(
      [() => timeCommand(PROGRAM, runArguments, place), ...(gitlab ? [gitlab] : [])],
      { runs, warmUps: 1 },
    );
    const figures: Figure[] = [
      {
        name: 'start: version',
        unit: 'ms',
        samples: version,
        peer: { name: 'node -e 0', samples: node },
        goal: { kind: 'ratio', most: 1.3 },
      },
      { name: 'start: version', unit: 'ms', samples: version, peer: { name: "sh -c 'echo'", samples: shell } },
      {
        name: 'start: server answers',
        unit: 'ms',
        samples: server,
        peer: { name: 'a bare node:http server', samples: nodeServer },
        goal: { kind: 'most', value: 400 },
      },
      { name: 'start: run of one echo', unit: 'ms', samples: run, peer: { name: "sh -c 'echo'", samples: shell } },
    ];
    if (gitlab) {
      figures.push({
        name: 'start: run of one echo',
        unit: 'ms',
        samples: run,
        peer: { name: 'gitlab-ci-local, the same', samples: gitlabRun },
        goal: { kind: 'ratio', most: 0.5 },
      });
    }
    return figures;
  },
};

/** From the start of the process to the first answer of its API. */
async function serverUp(place: Workplace): Promise<number> {
  await using server = await startPikoci(place, IN_MEMORY);
  return server.answeredInMs;
}

const NODE_SERVER = `const s = require('node:http').createServer((q, a) => a.end('{}'));
s.listen(0, '127.0.0.1', () => console.log('http://127.0.0.1:' + s.address().port));`;

/** The same for the least server that Node can be. */
async function nodeServerUp(place: Workplace): Promise<number> {
  const begun = performance.now();
  const child = spawn('node', ['-e', NODE_SERVER], {
    cwd: place.path,
    env: place.environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  try {
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()));
      child.on('exit', () => reject(new Error('node did not start a server')));
    });
    await (await fetch(url)).text();
    return performance.now() - begun;
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

/** The same job for gitlab-ci-local, if the checkout or `PIKOCI_BENCH_GITLAB_CI_LOCAL` has it. */
function gitlabCiLocal(place: Workplace): (() => Promise<number>) | undefined {
  const program =
    process.env.PIKOCI_BENCH_GITLAB_CI_LOCAL ?? join(import.meta.dirname, '../node_modules/.bin/gitlab-ci-local');
  if (!existsSync(program)) return undefined;
  place.write('.gitlab-ci.yml', 'echo:\n  script:\n    - echo hello\n');
  // It wants a repository, and copies what is in it with rsync.
  spawnSync('git', ['init', '--quiet'], { cwd: place.path });
  return () => timeCommand(program, ['--no-color', 'echo'], place);
}
