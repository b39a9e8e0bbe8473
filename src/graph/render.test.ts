import { describe, expect, test } from 'bun:test';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { cardView } from './card-view.ts';
import { edgePath, middleOf } from './edge-path.ts';
import { layoutPipeline } from './layout.ts';
import { renderDot } from './render-dot.ts';
import { renderJson } from './render-json.ts';
import { renderMermaid } from './render-mermaid.ts';
import { renderPng } from './render-png.ts';
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

  test('without statuses jobs have none, as for a file that nobody ran', () => {
    expect(renderSvg(view)).not.toContain('no builds yet');
    expect(renderSvg(view, { states: {} })).toContain('no builds yet');
  });

  test('of many names on a line the first is shown, and how many more', () => {
    const resources = ['git.a-long-name-of-a-resource', 'git.b', 'git.c'];
    const inputs = (passed: string[]) => resources.map((resource) => ({ resource, trigger: true, passed }));
    const svg = renderSvg(
      layoutPipeline({
        resources: [],
        jobs: [
          { name: 'one', group: 'one', inputs: inputs([]), outputs: [] },
          { name: 'two', group: 'two', inputs: inputs(['one']), outputs: [] },
        ],
      }),
    );
    expect(svg).toContain('<title>a-long-name-of-a-resource, b, c</title>');
    expect(svg).toContain('>a-long-na… +2</text>');
  });

  test('an empty pipeline is still a picture', () => {
    expect(renderSvg(layoutPipeline({ resources: [], jobs: [] }))).toContain('width="32"');
  });
});

test('no two statuses share a shape', () => {
  const shapes = (Object.keys(STATUS_GLYPHS) as GlyphStatus[]).map((status) => JSON.stringify(STATUS_GLYPHS[status]));
  expect(new Set(shapes).size).toBe(shapes.length);
});

describe('renderDot', () => {
  const named = (name: string): string =>
    renderDot(layoutPipeline({ resources: [], jobs: [{ name, group: 'g', inputs: [], outputs: [] }] }), name);
  const cases: readonly (readonly [name: string, id: string, label: string])[] = [
    ['a"; evil [x="\\', String.raw`"job:a\"; evil [x=\"\\"`, String.raw`"a\"; evil [x=\"\\ (g)"`],
    ['a &amp; b', '"job:a &amp; b"', '"a &amp;amp; b (g)"'],
    ['a\r\n\0b\ud800', '"job:a \ufffdb\ufffd"', '"a \ufffdb\ufffd (g)"'],
  ];
  for (const [name, id, label] of cases) {
    test(JSON.stringify(name), () => expect(named(name)).toContain(`${id} [shape=box, label=${label}];\n`));
  }
});

describe('renderMermaid', () => {
  test('nodes are numbered, names are text', () => {
    const name = '"]; end\n%%{`<b>&#1;';
    const chart = renderMermaid(
      layoutPipeline({
        resources: [{ address: 'git.app', type: 'git', name: 'app' }],
        jobs: [
          { name: 'end', group: 'end', inputs: [{ resource: 'git.app', trigger: true, passed: [] }], outputs: [] },
          {
            name,
            group: 'größe 😀',
            inputs: [{ resource: 'git.app', trigger: false, passed: ['end'] }],
            outputs: ['git.app'],
          },
        ],
      }),
    );
    expect(chart).toBe(
      [
        'flowchart LR',
        '  n0(["app<br/>git"])',
        '  n1["end"]',
        '  n2["#34;#93;#59; end #37;#37;#123;#96;#60;b#62;#38;#35;1#59;<br/>größe #128512;"]',
        '  n3(["app<br/>git"])',
        '  n0 --> n1',
        '  n1 -.->|"app"| n2',
        '  n2 --> n3',
        '',
      ].join('\n'),
    );
  });

  test('an empty pipeline', () =>
    expect(renderMermaid(layoutPipeline({ resources: [], jobs: [] }))).toBe('flowchart LR\n'));
});

describe('renderPng', async () => {
  const load = async (name: string): Promise<Uint8Array<ArrayBuffer>> =>
    new Uint8Array(await readFile(fileURLToPath(import.meta.resolve(name))));
  const assets = {
    wasm: await load('@resvg/resvg-wasm/index_bg.wasm'),
    font: await load('@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf'),
    fontFamily: 'Inter',
  };
  const draw = async (svg: string, mostPixels?: number) => {
    const png = Buffer.from(await renderPng(svg, assets, mostPixels));
    expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
    return { png, width: png.readUInt32BE(16), height: png.readUInt32BE(20) };
  };
  const named = (name: string): string =>
    renderSvg(layoutPipeline({ resources: [], jobs: [{ name, group: name, inputs: [], outputs: [] }] }));

  test('twice as fine as the SVG, names drawn', async () => {
    const [a, b] = [await draw(named('a')), await draw(named('b'))];
    expect(named('a')).toContain('width="216" height="76"');
    expect(a).toMatchObject({ width: 432, height: 152 });
    // Two pictures of one size that differ in nothing but a letter.
    expect(b).toMatchObject({ width: 432, height: 152 });
    expect(a.png.equals(b.png)).toBe(false);
    expect(a.png.equals((await draw(named('a'))).png)).toBe(true);
  });

  test('any name', async () => expect((await draw(renderSvg(view))).width).toBeGreaterThan(400));

  test('what would need too much memory is drawn smaller', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="4000" height="1000"><rect width="9" height="9"/></svg>';
    const { width, height } = await draw(svg, 100_000);
    expect(width * height).toBeLessThanOrEqual(101_000);
    expect(Math.round(width / height)).toBe(4);
  });
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

  const box = { width: 336, height: 92 };
  const jobs = (count: number, resource?: string) =>
    Array.from({ length: count }, (_, i) => ({
      name: `j${i}`,
      group: `j${i}`,
      inputs: resource === undefined ? [] : [{ resource, trigger: true, passed: [] }],
      outputs: [],
    }));
  const git = { address: 'git.a', type: 'git', name: 'a' };
  const independent = (count: number) => cardView(layoutPipeline({ resources: [], jobs: jobs(count) }), box);

  test.each([
    [2, true],
    [3, true],
    [4, true],
    [6, true],
    [12, false],
    [60, false],
  ])('%d independent jobs are marks of full size, spread over the box, in the order of the text', (count, labels) => {
    const card = independent(count);
    expect(card.labels).toBe(labels);
    expect(card.marks.map(({ scale }) => scale)).toEqual(Array(count).fill(1));
    const read = [...card.marks].sort((a, b) => a.y - b.y || a.x - b.x);
    expect(read.map(({ label }) => label)).toEqual(jobs(count).map(({ name }) => name));
    for (const { x, y } of card.marks) {
      expect(x >= 10 && x <= 326 && y >= 10 && y <= 82).toBe(true);
    }
    expect(new Set(card.marks.map(({ x }) => x)).size).toBeGreaterThanOrEqual(Math.min(count, 3));
  });

  test('a resource stands left of the block of jobs that it goes into', () => {
    const card = cardView(layoutPipeline({ resources: [git], jobs: jobs(60, git.address) }), box);
    const [resource, ...others] = card.marks;
    expect(resource?.kind).toBe('resource');
    expect(Math.min(...others.map(({ x }) => x))).toBeGreaterThan((resource?.x ?? 0) + 30);
    expect(card.edges).toHaveLength(60);
    expect(card.marks[0]?.scale).toBeGreaterThan(0.9);
  });

  test('a thousand jobs are still in the box', () => {
    for (const { x, y } of independent(1_000).marks) {
      expect(x >= 0 && x <= 336 && y >= 0 && y <= 92).toBe(true);
    }
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
