import { IN_MEMORY, startPikoci } from './pikoci-server.ts';
import { interleave, PROGRAM, timeCommand, type Workplace, workplace } from './program.ts';
import { runOutput } from './run-output.ts';
import { signIn } from './sign-in.ts';
import type { Suite } from './suite.ts';

const STEPS = 500;

/** One build of many steps that do nothing: what pikoci itself costs a step. */
export const steps: Suite = {
  about: `one build of ${STEPS} steps \`true\``,
  async run({ runs }) {
    using place = workplace();
    place.write('steps.hcl', pipelineOf(STEPS));
    await using server = await startPikoci(place, [...IN_MEMORY, '--pipeline-config', 'steps.hcl']);
    const { client } = await signIn(server.url, server.signInLink);
    const build = async (): Promise<number> => {
      const { id } = await client.call('triggerJob', { params: { team: 'main', pipeline: 'steps', job: 'steps' } });
      // Read to its end: what the pages do, and how we learn of it without asking again and again.
      for await (const { message } of client.stream('watchBuild', { params: { build: id } })) {
        if (message.event === 'end') break;
      }
      const { number, status, startedAt, endedAt, attempts } = await client.call('getBuild', { params: { build: id } });
      if (status !== 'succeeded' || startedAt === null || endedAt === null) {
        const tries = attempts.map(
          ({ outcome, problem }) => `${outcome} ${problem?.code ?? ''} ${problem?.message ?? ''}`,
        );
        throw new Error(`build ${number} ${status} (${tries.join('; ')})\n${server.output()}`);
      }
      return endedAt - startedAt;
    };
    const commandLine = (): Promise<number> =>
      timeCommand(PROGRAM, ['run', '--pipeline-config', 'steps.hcl', '--job', 'steps'], place);
    const [built = [], run = [], spawned = []] = await interleave([build, commandLine, () => spawnedByNode(place)], {
      runs,
      warmUps: 1,
    });
    const peer = { name: 'spawned in a row by Node', samples: spawned };
    return [
      { name: `steps: a build of ${STEPS}`, unit: 'ms', samples: built, peer, goal: { kind: 'ratio', most: 1.5 } },
      { name: `steps: pikoci run of ${STEPS}`, unit: 'ms', samples: run, peer },
    ];
  },
};

function pipelineOf(count: number): string {
  const tasks = Array.from(
    { length: count },
    (_, i) => `  task "t${i}" {\n    run "exec" {\n      path = "true"\n    }\n  }`,
  );
  return `job "steps" {\n${tasks.join('\n')}\n}\n`;
}

/** Pipes as a build has them: a child whose output nobody could read would be quicker, and no comparison. */
const SPAWN_LOOP = `const { spawn } = require('node:child_process');
(async () => {
  const begun = performance.now();
  for (let i = 0; i < ${STEPS}; i++) {
    await new Promise((done) => spawn('true', { stdio: ['ignore', 'pipe', 'pipe'] }).on('close', done));
  }
  console.log(performance.now() - begun);
})();`;

/** Node's own start does not count. */
async function spawnedByNode(place: Workplace): Promise<number> {
  return Number(await runOutput('node', ['-e', SPAWN_LOOP], place));
}
