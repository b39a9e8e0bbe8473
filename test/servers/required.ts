/**
 * The one place that decides what happens where a test needs a server that this machine does not have: with `PIKOCI_TEST_REQUIRE=all` (as CI
 * sets it), or with the server's name in that comma-separated list, the test fails; otherwise it is skipped, and its name says why.
 */
import { expect, test } from 'bun:test';

export type OptionalServer =
  | 'ssh'
  | 'docker'
  | 'postgres'
  | 'chromium'
  | 'git'
  | 'openssl'
  | 'executable'
  | 'mariadb'
  | 'nats'
  | 'kafka'
  | 'mongodb'
  | 'rabbitmq'
  | 'redis'
  | 'registry'
  | 'podman'
  | 'buildah'
  | 'zsh'
  | 'fish';

/** That it is here, or why not, in a sentence for the one who runs the tests. */
export type Availability = { readonly available: true } | { readonly available: false; readonly reason: string };

/** `list` is what `PIKOCI_TEST_REQUIRE` says. */
export function isRequired(server: OptionalServer, list: string | undefined): boolean {
  const names = (list ?? '').split(',').map((name) => name.trim());
  return names.includes('all') || names.includes(server);
}

type Body = () => void | Promise<void>;

/** `test`, for a test that needs these servers. */
export function testWith(
  servers: Readonly<Partial<Record<OptionalServer, Availability>>>,
): (name: string, body: Body, timeoutMs?: number) => void {
  for (const [server, found] of Object.entries(servers) as [OptionalServer, Availability][]) {
    if (found.available) continue;
    if (!isRequired(server, process.env.PIKOCI_TEST_REQUIRE))
      return (name, body) => test.skip(`${name} (no ${server}: ${found.reason})`, body);
    return (name) =>
      test(name, () => {
        expect.unreachable(`${server} is required here (PIKOCI_TEST_REQUIRE), but ${found.reason}`);
      });
  }
  return (name, body, timeoutMs) => test(name, body, timeoutMs);
}
