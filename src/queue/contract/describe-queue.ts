/**
 * What every adapter of the queue promises, run against the real thing. An adapter's own test file is ten lines: it makes the harness and calls
 * `describeQueue`. The parts are split by operation.
 */
import { describe } from 'bun:test';
import { describeBroadcasts } from './describe-broadcasts.ts';
import { describeConnection } from './describe-connection.ts';
import { describeEmits } from './describe-emits.ts';
import { describeRequests } from './describe-requests.ts';
import { describeThroughput } from './describe-throughput.ts';
import { describeTrouble } from './describe-trouble.ts';
import type { MakeHarness } from './queue-harness.ts';

export function describeQueue(name: string, make: MakeHarness): void {
  describe(`queue ${name}`, () => {
    describeRequests(make);
    describeEmits(make);
    describeBroadcasts(make);
    describeConnection(make);
    describeTrouble(make);
    describeThroughput(name, make);
  });
}
