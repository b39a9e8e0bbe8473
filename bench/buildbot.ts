import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { findProgram } from '../test/servers/find-program.ts';
import { freePort } from '../test/servers/free-port.ts';
import { workplace } from './program.ts';
import { runOutput } from './run-output.ts';

const BUILDS_PER_RUN = 100;
const GIVE_UP_MS = 180_000;

export interface Buildbot extends AsyncDisposable {
  readonly version: string;
  /** Of a hundred builds, from the first one's start to the last one's end. */
  buildsPerSecond(): Promise<number>;
}

/**
 * A master and a worker of Buildbot (apt: buildbot, buildbot-worker), with SQLite, as its own commands make them. `undefined` where it is not installed, or cannot be
 * started.
 */
export async function startBuildbot(options: {
  readonly command: string;
  readonly atATime: number;
  readonly say: (text: string) => void;
}): Promise<Buildbot | undefined> {
  if (findProgram('buildbot') === undefined || findProgram('buildbot-worker') === undefined) {
    options.say('Buildbot is not installed: its figure is left out (apt-get install buildbot buildbot-worker)');
    return undefined;
  }
  try {
    return await start(options);
  } catch (error) {
    options.say(`Buildbot is left out: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

async function start(options: Parameters<typeof startBuildbot>[0]): Promise<Buildbot> {
  await using ending = new AsyncDisposableStack();
  const place = ending.use(workplace());
  const port = await freePort();
  const version = /Buildbot version: (\S+)/.exec(await runOutput('buildbot', ['--version'], place))?.[1] ?? '';
  await runOutput('buildbot', ['create-master', 'master'], place);
  place.write('master/master.cfg', masterConfig({ ...options, port, go: join(place.path, 'go') }));
  let lost: string | undefined;
  await runOutput('buildbot-worker', ['create-worker', 'worker', `localhost:${port}`, 'bench', 'bench'], place);
  for (const [program, directory] of [
    ['buildbot', 'master'],
    ['buildbot-worker', 'worker'],
  ] as const) {
    const child = spawn(program, ['start', '--nodaemon', directory], {
      cwd: place.path,
      env: place.environment,
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.on('exit', resolve));
    child.on('exit', (code) => {
      lost ??= `${program} ended with ${code}`;
    });
    ending.defer(async () => {
      child.kill('SIGKILL');
      await ended;
    });
  }
  const moved = ending.move();
  let asked = 0;
  return {
    version,
    async buildsPerSecond() {
      asked += 1;
      place.write('go', String(asked));
      const database = join(place.path, 'master/state.sqlite');
      for (const until = Date.now() + GIVE_UP_MS; Date.now() < until; await delay(200)) {
        if (lost !== undefined) throw new Error(lost);
        const found = ended(database, asked * BUILDS_PER_RUN);
        if (found !== undefined) return found;
      }
      throw new Error(`it did not build ${BUILDS_PER_RUN} times in ${GIVE_UP_MS / 1_000} s`);
    },
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

/** Builds in a second of the newest hundred, once there are so many in all. */
function ended(path: string, count: number): number | undefined {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    db.exec('pragma busy_timeout = 5000');
    const done = Number(db.prepare('select count(*) as n from builds where complete_at is not null').get()?.n);
    if (done < count) return undefined;
    const times = db
      .prepare(
        `select min(started_at) as begun, max(complete_at) as ended from
         (select * from builds order by id desc limit ${BUILDS_PER_RUN})`,
      )
      .get();
    return BUILDS_PER_RUN / Math.max(1, Number(times?.ended) - Number(times?.begun));
  } finally {
    db.close();
  }
}

/** Builds are asked for by a scheduler of its own when a file says the next number: no page, no request in between. */
const masterConfig = (parts: {
  readonly command: string;
  readonly atATime: number;
  readonly port: number;
  readonly go: string;
}): string => `import os
from twisted.internet import defer, task
from buildbot.plugins import schedulers, steps, util, worker
from buildbot.schedulers.base import BaseScheduler

class Bench(BaseScheduler):
    asked = 0

    @defer.inlineCallbacks
    def look(self):
        wanted = int(open('${parts.go}').read() or 0) if os.path.exists('${parts.go}') else 0
        while self.asked < wanted:
            self.asked += 1
            for n in range(${BUILDS_PER_RUN}):
                yield self.addBuildsetForSourceStampsWithDefaults('bench', [])

    def activate(self):
        d = BaseScheduler.activate(self)
        task.LoopingCall(self.look).start(0.1, now=False)
        return d

c = BuildmasterConfig = {
    'workers': [worker.Worker('bench', 'bench', max_builds=${parts.atATime})],
    'protocols': {'pb': {'port': 'tcp:${parts.port}:interface=127.0.0.1'}},
    'schedulers': [Bench(name='bench', builderNames=['b'])],
    'builders': [util.BuilderConfig(name='b', workernames=['bench'], collapseRequests=False,
        factory=util.BuildFactory([steps.ShellCommand(command=['sh', '-c', '${parts.command}'])]))],
    'db': {'db_url': 'sqlite:///state.sqlite'},
    'buildbotNetUsageData': None,
}
`;
