import { spawn } from 'node:child_process';
import { createServer, type ServerResponse } from 'node:http';
import { readEventStream } from '../src/client/event-stream.ts';
import type { StackName } from './stacks.ts';
import type { Stack, StackSuite } from './suite.ts';

const TRIGGERS = 200;
const WARM_UPS = 10;

const PIPELINE = `job "echo" {
  task "say" {
    run "exec" {
      path = "echo"
      args = ["hello"]
    }
  }
}
`;

/** From the moment a trigger is accepted to the first log line at a client that reads the build's events: what "live" feels like. */
export const firstLog: StackSuite = {
  about: `${TRIGGERS} triggers, each to its first log line at an SSE client`,
  async runOn(stack) {
    const ours = await pikociSamples(stack);
    const peer = { name: 'an echo behind a bare SSE server', samples: await echoSamples() };
    const goal = { kind: 'most', value: MOST_MS[stack.name] } as const;
    return [
      { name: 'first-log: p50', unit: 'ms', samples: ours, at: 0.5, peer, goal },
      { name: 'first-log: p99', unit: 'ms', samples: ours, at: 0.99, peer },
    ];
  },
};

const MOST_MS: Readonly<Record<StackName, number>> = { 'sqlite+mem': 25, 'postgresql+nats': 60 };

async function pikociSamples(stack: Stack): Promise<number[]> {
  await using pikoci = await stack.install({ pipelines: { echo: PIPELINE } });
  const { client } = pikoci;
  const samples: number[] = [];
  for (let i = -WARM_UPS; i < TRIGGERS; i++) {
    const build = await client.call('triggerJob', { params: { team: 'main', pipeline: 'echo', job: 'echo' } });
    const accepted = performance.now();
    let firstAt: number | undefined;
    for await (const { message } of client.stream('watchBuild', { params: { build: build.id } })) {
      if (message.event === 'log') firstAt ??= performance.now();
    }
    if (firstAt === undefined) throw new Error(`build ${build.number} ended without a log line\n${pikoci.output()}`);
    if (i >= 0) samples.push(firstAt - accepted);
  }
  return samples;
}

/** The least that could do the same, in this process: a POST starts `echo`, its output goes to who reads the events. */
async function echoSamples(): Promise<number[]> {
  const output = new Map<string, { readonly chunks: Buffer[]; reader: ServerResponse | undefined }>();
  let builds = 0;
  const server = createServer((request, response) => {
    const id = request.url ?? '';
    if (request.method === 'POST') {
      const build = { chunks: [] as Buffer[], reader: undefined as ServerResponse | undefined };
      output.set(`/${++builds}`, build);
      const child = spawn('echo', ['hello'], { stdio: ['ignore', 'pipe', 'ignore'] });
      child.stdout.on('data', (chunk: Buffer) => {
        if (build.reader) build.reader.end(`data: ${chunk.toString()}\n\n`);
        else build.chunks.push(chunk);
      });
      response.end(`/${builds}`);
      return;
    }
    const build = output.get(id);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    if (build?.chunks.length) response.end(`data: ${build.chunks.join('')}\n\n`);
    else if (build) build.reader = response;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  const samples: number[] = [];
  try {
    for (let i = -WARM_UPS; i < TRIGGERS; i++) {
      const id = await (await fetch(url, { method: 'POST' })).text();
      const accepted = performance.now();
      const { body } = await fetch(`${url}${id}`);
      if (!body) throw new Error('an event stream without a body');
      for await (const _ of readEventStream(body)) {
        if (i >= 0) samples.push(performance.now() - accepted);
        break;
      }
    }
  } finally {
    server.closeAllConnections();
    server.close();
  }
  return samples;
}
