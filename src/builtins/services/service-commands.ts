/** `start`, `ready_check` and `stop` of the built-in services. */
import { appendFileSync } from 'node:fs';
import { CodedError } from '../../lib/coded-error.ts';
import { readProcess } from '../../lib/system/process-table.ts';
import { type CommandEnv, type CommandIo, param } from '../builtin-command.ts';
import { whyNoDocker } from './docker-answer.ts';
import { findPrograms } from './find-programs.ts';
import { findPlace, readServer, type ServicePlace, type ServiceServer, withPassword } from './read-server.ts';
import { hostPort, type ServiceName } from './service-facts.ts';
import {
  makeServiceDirectory,
  readState,
  removeServiceDirectory,
  type ServiceState,
  writeState,
} from './service-state.ts';
import { SERVICES } from './service-table.ts';
import { removeContainer, startContainer } from './start-container.ts';
import { startProcess } from './start-process.ts';
import { stopProcess } from './stop-process.ts';

/** In a container where docker works, else as a process, unless `mode` says which. */
export async function startService(name: ServiceName, env: CommandEnv, io: CommandIo): Promise<number> {
  const server = withPassword(readServer(SERVICES[name], env), env);
  const way = await chooseWay(server, env);
  makeServiceDirectory(server);
  try {
    const state = await way(io);
    writeState(server, state);
    tell(server, state, env);
  } catch (error) {
    // `stop` runs as well, but whoever calls us by hand would be left with it.
    await undo(server, env);
    throw error;
  }
  return 0;
}

export async function serviceReady(name: ServiceName, env: CommandEnv, io: CommandIo): Promise<number> {
  const server = readServer(SERVICES[name], env);
  const state = readState(server);
  const why =
    state === undefined
      ? 'it was not started'
      : await server.facts.ready({ host: '127.0.0.1', port: state.port }, server.login);
  if (why === undefined) return 0;
  io.stderr(`not ready yet: ${why}\n`);
  return 1;
}

/** Stops whichever was started. Nothing there to stop is fine: `stop` runs also when `start` failed, over a parameter that is wrong for example. */
export async function stopService(name: ServiceName, env: CommandEnv, io: CommandIo): Promise<number> {
  const place = findPlace(SERVICES[name], env);
  const was = await undo(place, env);
  io.stderr(`${place.facts.title} ${was ? 'is stopped' : 'was not running'}\n`);
  return 0;
}

type Way = (io: CommandIo) => Promise<ServiceState>;

async function chooseWay(server: ServiceServer, env: CommandEnv): Promise<Way> {
  const { facts, mode } = server;
  const noDocker = mode === 'process' ? 'mode is "process"' : await whyNoDocker(env);
  if (noDocker === undefined) {
    return async (io) => ({ kind: 'container', port: await startContainer(server, env, io) });
  }
  const { found, missing } = findPrograms(facts.process, server.version, env);
  if (mode !== 'container' && missing.length === 0) {
    return async (io) => {
      const { pid, port } = await startProcess(server, found, env, io);
      const startTicks = readProcess(pid)?.startTicks;
      return { kind: 'process', pid, port, ...(startTicks !== undefined && { startTicks }) };
    };
  }
  const noProcess = mode === 'container' ? 'mode is "container"' : `${missing.join(' and ')} is not installed`;
  throw new CodedError(
    'service_failed',
    `${facts.title} cannot be started on this worker. In a container: ${ended(noDocker)} As a process: ${noProcess}.`,
    { hint: `Install docker there, or ${facts.process.packages}, or give the job "tags" of a worker that has one.` },
  );
}

/** What a program said may be a question, or have its stop already. */
const ended = (text: string): string => (/[.?!]$/.test(text) ? text : `${text}.`);

async function undo(place: ServicePlace, env: CommandEnv): Promise<boolean> {
  const state = readState(place);
  let was = false;
  if (state?.kind === 'process') was = await stopProcess(state, place.facts.process.stopSignals);
  else if (
    state?.kind === 'container' ||
    (param(env, 'mode') !== 'process' && (await whyNoDocker(env)) === undefined)
  ) {
    was = await removeContainer(place, env);
  }
  removeServiceDirectory(place);
  return was;
}

/** For `SERVICE_<NAME>_…` of the steps. */
function tell(server: ServiceServer, state: ServiceState, env: CommandEnv): void {
  if (!env.PIKOCI_OUTPUT) return;
  const { facts, login, network } = server;
  const address = { host: '127.0.0.1', port: state.port };
  const inside = state.kind === 'container' && network !== undefined;
  const told: Readonly<Record<string, string | undefined>> = {
    HOST: address.host,
    PORT: String(address.port),
    URL: facts.url(address, login),
    ADDRESS: hostPort(address),
    USER: login.user,
    PASSWORD: login.password,
    DATABASE: login.database,
    ...facts.more?.(login),
    ...(inside && { INSIDE_HOST: server.name, INSIDE_PORT: String(facts.insidePort ?? facts.containerPort) }),
  };
  const lines = Object.entries(told).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}\n`]));
  appendFileSync(env.PIKOCI_OUTPUT, lines.join(''), { mode: 0o600 });
}
