/** Something that speaks MongoDB's protocol, as an ordinary process on loopback which a test may stop and start again: mongo-java-server, for MongoDB itself is in no package registry. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { findProgram } from '../find-program.ts';
import { freePort } from '../free-port.ts';
import { mavenJars } from '../maven-jars.ts';
import type { Availability } from '../required.ts';
import { standStill } from '../stand-still.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

export interface MongoServer extends AsyncDisposable {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly url: string;
  /** What it has is there after `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** It is there and says nothing, until the returned function is called. */
  pause(): () => void;
}

const READY_MS = 60_000;
const HOST = '127.0.0.1';
const JVM = ['-Xms64m', '-Xmx512m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto'];

let found: Promise<Availability> | undefined;

/** Whether one can be started here; brings its jars when it is asked for the first time. */
export function mongoAvailability(): Promise<Availability> {
  found ??= lookForMongo();
  return found;
}

async function lookForMongo(): Promise<Availability> {
  if (runningMongo() !== undefined) return { available: true };
  if (findProgram('javac') === undefined) {
    return {
      available: false,
      reason: 'a JDK, which its server is run by, is not installed (apt: default-jdk-headless)',
    };
  }
  const jars = await jarsOfMongo();
  return 'directory' in jars ? { available: true } : { available: false, reason: jars.reason };
}

const jarsOfMongo = () => mavenJars('mongodb', import.meta.dirname);

/** One that runs already, as `MONGODB_URL` names it: enough for tests that leave it running. */
export function runningMongo(): URL | undefined {
  const url = process.env.MONGODB_URL;
  return url !== undefined && URL.canParse(url) ? new URL(url) : undefined;
}

export async function startMongoServer(): Promise<MongoServer> {
  const jars = await jarsOfMongo();
  if ('reason' in jars) throw new Error(jars.reason);
  const program = findProgram('java');
  if (program === undefined) throw new Error('java is not installed');
  const directory = temporaryDirectory('mongodb');
  const port = await freePort();
  const file = join(directory.path, 'data');
  const source = join(import.meta.dirname, 'MongoTestServer.java');

  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const started = spawn(program, [...JVM, '-cp', join(jars.directory, '*'), source, `${port}`, file], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    let output = '';
    const ready = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not ready:\n${output}`)), READY_MS);
      const collect = (chunk: Buffer): void => {
        output += chunk.toString();
        if (!/^ready$/m.test(output)) return;
        clearTimeout(timer);
        resolve();
      };
      started.stdout.on('data', collect);
      started.stderr.on('data', collect);
      started.on('exit', () => {
        clearTimeout(timer);
        reject(new Error(`it ended:\n${output}`));
      });
    });
    await ready;
  };
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    const last = child;
    child = undefined;
    if (last === undefined || last.exitCode !== null || last.signalCode !== null) return;
    const gone = once(last, 'exit');
    last.kill(signal);
    await gone;
  };
  await start();
  return {
    ...{ host: HOST, port, url: `mongodb://${HOST}:${port}/`, start },
    stop: () => end('SIGTERM'),
    pause: () => (child?.pid === undefined ? () => undefined : standStill(child.pid, false)),
    async [Symbol.asyncDispose]() {
      await end('SIGKILL');
      await directory[Symbol.asyncDispose]();
    },
  };
}
