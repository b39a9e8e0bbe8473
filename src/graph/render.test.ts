import { describe, expect, test } from 'bun:test';
import { cardView } from './card-view.ts';
import { edgePath, middleOf } from './edge-path.ts';
import { layoutPipeline } from './layout.ts';
import { renderDot } from './render-dot.ts';
import { renderJson } from './render-json.ts';
import { renderSvg } from './render-svg.ts';
import { type GlyphStatus, STATUS_GLYPHS } from './status-glyph.ts';

const nasty = `<script>alert("1")</script>&'\u0000\ud800`;
const view = layoutPipeline({
  resources: [{ address: `git.${nasty}`, type: 'git', name: nasty }],
  jobs: [
    { name: 'test', group: 'test', inputs: [{ resource: `git.${nasty}`, trigger: true, passed: [] }], outputs: [] },
    {
      name: nasty,
      group: 'ship',
      inputs: [{ resource: `git.${nasty}`, trigger: false, passed: ['test'] }],
      outputs: [],
    },
  ],
});

describe('renderSvg', () => {
  for (const size of ['full', 'card'] as const) {
    for (const theme of ['light', 'dark'] as const) {
      test(`${size}, ${theme}: every name is text`, () => {
        const svg = renderSvg(view, { size, theme, title: nasty, states: { 'job:test': 'failed' } });
        expect(svg).not.toContain('<script');
        expect(svg).not.toContain('\u0000');
        expect(svg.isWellFormed()).toBe(true);
        // Well formed: each element that opens is closed again, in order.
        const open: string[] = [];
        for (const [, closes, name = '', selfClosed] of svg.matchAll(/<(\/)?([a-z]+)[^>]*?(\/)?>/g)) {
          if (closes !== undefined) expect(open.pop()).toBe(name);
          else if (selfClosed === undefined) open.push(name);
        }
        expect(open).toEqual([]);
      });
    }
  }

  test('a status is told by its word and its shape', () => {
    const svg = renderSvg(view, { states: { 'job:test': 'failed' } });
    expect(svg).toContain('test: failed');
    expect(svg).toContain(STATUS_GLYPHS.failed[0]!.d);
  });

  test('an empty pipeline is still a picture', () => {
    expect(renderSvg(layoutPipeline({ resources: [], jobs: [] }))).toContain('width="32"');
  });
});

test('no two statuses share a shape', () => {
  const shapes = (Object.keys(STATUS_GLYPHS) as GlyphStatus[]).map((status) => JSON.stringify(STATUS_GLYPHS[status]));
  expect(new Set(shapes).size).toBe(shapes.length);
});

test('renderDot quotes names', () => {
  const dot = renderDot(
    layoutPipeline({ resources: [], jobs: [{ name: 'a"; evil [x="\\', group: 'g', inputs: [], outputs: [] }] }),
  );
  expect(dot).toContain(String.raw`"job:a\"; evil [x=\"\\" [shape=box`);
});

test('renderJson is the view', () => {
  expect(JSON.parse(renderJson(view))).toEqual(JSON.parse(JSON.stringify(view)));
});

describe('cardView', () => {
  test('stays in its box and keeps the order', () => {
    const card = cardView(view, { width: 200, height: 60 });
    for (const mark of card.marks) {
      expect(mark.x).toBeGreaterThanOrEqual(8);
      expect(mark.x).toBeLessThanOrEqual(192);
      expect(mark.y).toBeGreaterThanOrEqual(8);
      expect(mark.y).toBeLessThanOrEqual(52);
    }
    expect(card.edges).toHaveLength(2);
  });

  test('a single node stands in the middle, above its name', () => {
    const one = layoutPipeline({ resources: [], jobs: [{ name: 'a', group: 'a', inputs: [], outputs: [] }] });
    expect(cardView(one, { width: 200, height: 60 }).marks).toMatchObject([{ x: 100, y: 22, scale: 1 }]);
  });
});

describe('edgePath', () => {
  const cases = [
    { points: [], path: '' },
    {
      points: [
        { x: 0, y: 5 },
        { x: 10, y: 5 },
      ],
      path: 'M0 5H10',
    },
    {
      points: [
        { x: 0, y: 0 },
        { x: 10, y: 20 },
      ],
      path: 'M0 0C5 0 5 20 10 20',
    },
  ];
  for (const { points, path } of cases) test(path || 'nothing', () => expect(edgePath(points)).toBe(path));

  test('the middle is half way along', () => {
    expect(
      middleOf([
        { x: 0, y: 0 },
        { x: 10, y: 0 },
        { x: 10, y: 30 },
      ]),
    ).toEqual({ x: 10, y: 10 });
  });
});
