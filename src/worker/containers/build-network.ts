/**
 * The network of one build, for its services in containers and its steps in containers: a service answers to its name there. One that listens
 * on the worker's own loopback is reached too, by the network's gateway, which is the worker: what is connected to there is handed on.
 */
import { createHash } from 'node:crypto';
import { connect, createServer, type Server } from 'node:net';
import { CodedError } from '../../lib/coded-error.ts';
import { errnoCode } from '../../lib/system/errno.ts';
import { findExecutable } from '../../lib/system/executable.ts';
import { askEngine } from './ask-engine.ts';
import type { Address } from './inside-environment.ts';
import { workDirLabel } from './sweep-containers.ts';

export interface BuildNetwork extends AsyncDisposable {
  readonly name: string;
  /** Flags of `docker run` for a container that joins it. */
  readonly flags: readonly string[];
  /** Where those in the network find what listens at this address of the worker's loopback; undefined when they cannot. */
  forward(address: Address): Promise<Address | undefined>;
}

type Environment = Readonly<Record<string, string>>;

/** Undefined where docker does not work. Throws `service.no_network` when it works, but makes none. */
export async function openBuildNetwork(workDir: string, env: Environment): Promise<BuildNetwork | undefined> {
  if (!(await dockerAnswers(env))) return undefined;
  const name = `pikoci-${createHash('sha256').update(workDir).digest('hex').slice(0, 16)}`;
  const made = await askEngine(['docker', 'network', 'create', '--label', workDirLabel(workDir), name], env);
  if (made.code !== 0) {
    throw new CodedError('service.no_network', `docker makes no network for the build: ${made.complaint}`, {
      hint: 'are there networks left over? docker network ls; docker network prune',
    });
  }
  const asked = await askEngine(
    ['docker', 'network', 'inspect', '--format', '{{range .IPAM.Config}}{{.Gateway}} {{end}}', name],
    env,
  );
  const gateway = asked.stdout.split(/\s+/).find((word) => /^\d+(\.\d+){3}$/.test(word));
  const servers = new Map<string, Promise<Server | undefined>>();
  return {
    name,
    flags: ['--network', name],
    async forward(address) {
      if (gateway === undefined) return undefined;
      const key = `${address.host}:${address.port}`;
      const server = servers.get(key) ?? forwardTo(address, gateway);
      servers.set(key, server);
      return (await server) === undefined ? undefined : { host: gateway, port: address.port };
    },
    async [Symbol.asyncDispose]() {
      for (const server of await Promise.all(servers.values())) server?.close();
      // A container that is only just going holds it: the sweep at the end of the build comes after that.
      await askEngine(['docker', 'network', 'rm', name], env);
    },
  };
}

async function dockerAnswers(env: Environment): Promise<boolean> {
  try {
    findExecutable('docker', env.PATH, '/');
  } catch (error) {
    if (error instanceof CodedError) return false;
    throw error;
  }
  const { code, stdout } = await askEngine(['docker', 'version', '--format', '{{.Server.Version}}'], env);
  return code === 0 && stdout.trim() !== '';
}

/** Undefined when nobody can listen there: the engine is on another machine. One that listens on all addresses needs no help. */
function forwardTo({ host, port }: Address, gateway: string): Promise<Server | undefined> {
  const server = createServer((inside) => {
    const outside = connect({ host, port });
    inside.pipe(outside);
    outside.pipe(inside);
    inside.on('error', () => outside.destroy());
    outside.on('error', () => inside.destroy());
  });
  return new Promise((resolve) => {
    server.once('error', (error) => resolve(errnoCode(error) === 'EADDRINUSE' ? server : undefined));
    server.listen(port, gateway, () => resolve(server));
    server.unref();
  });
}
