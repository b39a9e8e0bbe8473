import { expect, test } from 'bun:test';
import { appendVersions, orderVersions } from './place-versions.ts';

/** `a1 b2`: known versions and their places; a report is a list of names. Gives what all have then, in that order, and what is history. */
function placed(place: typeof orderVersions, knownText: string, report: string, last: number): string {
  const known = new Map(
    knownText
      .split(' ')
      .filter(Boolean)
      .map((one) => [one.slice(0, 1), { name: one.slice(0, 1), position: Number(one.slice(1)) }]),
  );
  const places = place({ digests: report.split(' '), known, last });
  const now = new Map([...known].map(([name, { position }]) => [name, position]));
  for (const [name, position] of places.added) now.set(name, position);
  for (const { known: moved, position } of places.moved) now.set(moved.name, position);
  const all = [...now].sort((a, b) => a[1] - b[1]).map(([name, position]) => `${name}${position}`);
  return [...all, ...[...places.history].map((name) => `~${name}`)].join(' ');
}

test.each([
  ['', 'a b', 0, 'a1 b2'],
  ['a1 b2', 'a b', 2, 'a1 b2'],
  ['a1 b2', 'a b c', 2, 'a1 b2 c3'],
  ['a1 b2', 'a c b', 2, 'a1 c3 b4'],
  ['a1 b2 d3', 'a c b d e', 3, 'a1 c4 b5 d6 e7'],
  // Put out of order by a build, and put right.
  ['a1 c2 b3', 'a b c', 3, 'a1 b3 c4'],
  ['b5', 'a b', 7, 'a8 b9 ~a'],
  // What the report does not name stays where it is.
  ['a1 b2 c3', 'a x c', 3, 'a1 b2 x4 c5'],
])('in order: of %p and the report %p', (known, report, last, expected) => {
  expect(placed(orderVersions, known, report, last)).toBe(expected);
});

test.each([
  ['a1 b2', 'b c a', 2, 'a1 b2 c3'],
  ['a1', 'b a c', 4, 'a1 b5 c6'],
])('behind what is known: of %p and the report %p', (known, report, last, expected) => {
  expect(placed(appendVersions, known, report, last)).toBe(expected);
});
