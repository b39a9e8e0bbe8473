import { expect, test } from 'bun:test';
import { readNews, type ServerNews } from '../../protocol/news.ts';
import { HeldTime } from '../held-time.fixture.ts';
import { createNews } from './news.ts';

const forward = (time: HeldTime, ms: number): void => {
  time.clock.forward(ms);
  time.ring();
};

function newsroom(time: HeldTime) {
  const said: string[] = [];
  const heard: ServerNews[] = [];
  const state = { alone: false };
  let take = (_text: string): void => undefined;
  const line = {
    say: (text: string) => void said.push(text),
    listen: (to: typeof take) => {
      take = to;
    },
  };
  const news = createNews({ line, timers: time.timers, alone: () => state.alone, hear: (one) => heard.push(one) });
  return { news, said, heard, state, deliver: (text: string) => take(text) };
}

test('the first goes at once, what comes in a moment after it goes together, the same once', () => {
  const time = new HeldTime();
  const { news, said } = newsroom(time);
  news.tell({ kind: 'build', build: 'a' });
  news.tell({ kind: 'work' });
  forward(time, 0);
  expect(said.map(readNews)).toEqual([[{ kind: 'build', build: 'a' }, { kind: 'work' }]]);
  for (let n = 0; n < 100; n += 1) {
    news.tell({ kind: 'build', build: 'a' });
    forward(time, 1);
  }
  expect(said.length).toBeLessThanOrEqual(5);
  expect(readNews(said.at(-1) ?? '')).toEqual([{ kind: 'build', build: 'a' }]);
  forward(time, 100);
  forward(time, 100);
  const before = said.length;
  news.tell({ kind: 'feed' });
  forward(time, 0);
  expect(said).toHaveLength(before + 1);
});

test('much is cut into letters, and nobody is told by one that is alone but that it is there', () => {
  const time = new HeldTime();
  const { news, said, state } = newsroom(time);
  for (let n = 0; n < 500; n += 1) news.tell({ kind: 'build', build: `build-${n}` });
  forward(time, 0);
  expect(Math.max(...said.map((text) => text.length))).toBeLessThanOrEqual(4_000);
  expect(said.flatMap(readNews)).toHaveLength(500);
  forward(time, 100);
  said.length = 0;
  state.alone = true;
  news.tell({ kind: 'work' });
  news.tell({ kind: 'hello' });
  forward(time, 100);
  expect(said.map(readNews)).toEqual([[{ kind: 'hello' }]]);
});

test('what a later version says besides is passed over, and rubbish says nothing', () => {
  const { heard, deliver } = newsroom(new HeldTime());
  deliver('{"news":[{"kind":"weather"},{"kind":"cancel","attempt":"x"}]}');
  deliver('rubbish');
  deliver('[]');
  expect(heard).toEqual([{ kind: 'cancel', attempt: 'x' }]);
});
