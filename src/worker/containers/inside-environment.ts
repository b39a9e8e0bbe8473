/** `SERVICE_…` as they hold for a step in a container of the build's network. */
import { environmentName, INSIDE } from '../engine/environment.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

type Environment = Readonly<Record<string, string>>;

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1']);

/**
 * For each service: `INSIDE_HOST` and `INSIDE_PORT` take the place of `HOST` and `PORT`, if its `start` told them; one on the worker's loopback
 * is handed on by `forward`. Where its address stands in another of its values (`URL`), it is replaced there.
 */
export async function insideEnvironment(
  environment: Environment,
  services: ReadonlyMap<string, Environment>,
  forward: (address: Address) => Promise<Address | undefined>,
): Promise<Environment> {
  const seen: Record<string, string> = { ...environment };
  for (const [name, output] of services) {
    const told = Object.fromEntries(Object.entries(output).map(([key, value]) => [environmentName(key), value]));
    const outside = addressOf(told.HOST, told.PORT);
    if (outside === undefined) continue;
    const own = addressOf(told[`${INSIDE}HOST`], told[`${INSIDE}PORT`] ?? told.PORT);
    const inside = own ?? (LOOPBACK.has(outside.host) ? await forward(outside) : undefined);
    if (inside === undefined) continue;
    const prefix = `SERVICE_${environmentName(name)}_`;
    const before = new RegExp(`${outside.host.replaceAll('.', '\\.')}:${outside.port}(?!\\d)`, 'g');
    for (const [key, value] of Object.entries(told)) {
      // A step that says something else with the same name means it.
      if (seen[`${prefix}${key}`] !== value) continue;
      seen[`${prefix}${key}`] = value.replace(before, `${inside.host}:${inside.port}`);
    }
    if (seen[`${prefix}HOST`] === told.HOST) seen[`${prefix}HOST`] = inside.host;
    if (seen[`${prefix}PORT`] === told.PORT) seen[`${prefix}PORT`] = String(inside.port);
  }
  return seen;
}

function addressOf(host: string | undefined, port: string | undefined): Address | undefined {
  const number = Number(port);
  return host === undefined || !Number.isInteger(number) ? undefined : { host, port: number };
}
