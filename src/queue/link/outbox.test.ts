import { expect, test } from 'bun:test';
import { decodeFrame } from './frames.ts';
import { Outbox, WINDOW_BYTES } from './outbox.ts';

function recorder() {
  const sent: number[] = [];
  return { sent, send: (frame: Uint8Array) => void sent.push(decodeFrame(frame)?.number ?? -1) };
}

test('holds back what goes over the window, and sends it as acknowledgements come', async () => {
  const outbox = new Outbox();
  const { sent, send } = recorder();
  outbox.connected(send);
  const third = WINDOW_BYTES / 3;
  const stored = [1, 2, 3, 4].map(() => outbox.add(new Uint8Array(third)));
  expect(sent).toEqual([1, 2]);
  outbox.acknowledge(1);
  await stored[0];
  expect(sent).toEqual([1, 2, 3]);
  outbox.acknowledge(3);
  await Promise.all(stored.slice(0, 3));
  expect(sent).toEqual([1, 2, 3, 4]);
});

test('sends again after a reconnection what was not acknowledged, with the same numbers', () => {
  const outbox = new Outbox();
  const first = recorder();
  outbox.connected(first.send);
  for (let i = 0; i < 3; i++) void outbox.add(new Uint8Array([i]));
  outbox.acknowledge(1);
  outbox.disconnected();
  void outbox.add(new Uint8Array([9]));
  const second = recorder();
  outbox.connected(second.send);
  expect(first.sent).toEqual([1, 2, 3]);
  expect(second.sent).toEqual([2, 3, 4]);
});

test('an acknowledgement of what was never sent changes nothing', () => {
  const outbox = new Outbox();
  void outbox.add(new Uint8Array([1]));
  outbox.acknowledge(99);
  const { sent, send } = recorder();
  outbox.connected(send);
  expect(sent).toEqual([1]);
});
