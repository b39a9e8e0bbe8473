import { describe, expect, test } from 'bun:test';
import { bundleEdges, type GraphView } from './graph-view.ts';
import { layoutPipeline } from './layout.ts';
import type { JobShape, PipelineShape } from './pipeline-shape.ts';

const resource = (address: string) => {
  const [type = '', name = ''] = address.split('.');
  return { address, type, name };
};
const job = (name: string, inputs: readonly (string | [string, ...string[]])[], outputs: string[] = []): JobShape => ({
  name,
  group: name,
  inputs: inputs.map((input) => {
    const [address = '', ...passed] = typeof input === 'string' ? [input] : input;
    return { resource: address.replace('?', ''), trigger: !address.endsWith('?'), passed };
  }),
  outputs,
});
const arrows = (view: GraphView): string[] =>
  view.edges.map((edge) => `${edge.from} -${edge.kind}:${edge.resource}-> ${edge.to}`);

const cases: readonly { name: string; shape: PipelineShape; nodes: string[]; edges: string[] }[] = [
  { name: 'nothing', shape: { resources: [], jobs: [] }, nodes: [], edges: [] },
  {
    name: 'a resource nobody uses, a job that gets nothing',
    shape: { resources: [resource('git.a')], jobs: [job('lonely', [])] },
    nodes: ['resource:git.a', 'job:lonely'],
    edges: [],
  },
  {
    name: 'passed goes from job to job and names the resource',
    shape: { resources: [resource('git.a')], jobs: [job('test', ['git.a']), job('ship', [['git.a', 'test']])] },
    nodes: ['resource:git.a', 'job:test', 'job:ship'],
    edges: ['resource:git.a -trigger:git.a-> job:test', 'job:test -trigger:git.a-> job:ship'],
  },
  {
    name: 'an input that does not trigger',
    shape: { resources: [resource('git.a')], jobs: [job('test', ['git.a?'])] },
    nodes: ['resource:git.a', 'job:test'],
    edges: ['resource:git.a -input:git.a-> job:test'],
  },
  {
    name: 'a job that puts what it gets does not turn the picture around',
    shape: { resources: [resource('git.a')], jobs: [job('tag', ['git.a'], ['git.a'])] },
    nodes: ['resource:git.a', 'job:tag', 'output:git.a'],
    edges: ['resource:git.a -trigger:git.a-> job:tag', 'job:tag -output:git.a-> output:git.a'],
  },
  {
    name: 'what one job puts and another gets afresh is one node between them',
    shape: {
      resources: [resource('git.a'), resource('image.i')],
      jobs: [job('build', ['git.a'], ['image.i']), job('scan', ['image.i'])],
    },
    nodes: ['resource:git.a', 'resource:image.i', 'job:build', 'job:scan'],
    edges: [
      'resource:git.a -trigger:git.a-> job:build',
      'resource:image.i -trigger:image.i-> job:scan',
      'job:build -output:image.i-> resource:image.i',
    ],
  },
  {
    name: 'the same resource twice is one line, and a trigger if one of them is',
    shape: { resources: [resource('git.a')], jobs: [job('test', ['git.a?', 'git.a'])] },
    nodes: ['resource:git.a', 'job:test'],
    edges: ['resource:git.a -trigger:git.a-> job:test'],
  },
  {
    name: 'passed that names no job of the pipeline, or the job itself, is left out',
    shape: { resources: [resource('git.a')], jobs: [job('test', [['git.a', 'gone', 'test']])] },
    nodes: ['resource:git.a', 'job:test'],
    edges: ['resource:git.a -trigger:git.a-> job:test'],
  },
];

describe('layoutPipeline', () => {
  for (const { name, shape, nodes, edges } of cases) {
    test(name, () => {
      const view = layoutPipeline(shape);
      expect(view.nodes.map((node) => node.id).sort()).toEqual([...nodes].sort());
      expect(arrows(view).sort()).toEqual([...edges].sort());
    });
  }

  const wide: PipelineShape = {
    resources: [resource('git.a'), resource('git.b')],
    jobs: [
      ...Array.from({ length: 40 }, (_, i) => job(`unit-${i}`, ['git.a', 'git.b?'])),
      job('ship', [
        ['git.a', ...Array.from({ length: 40 }, (_, i) => `unit-${i}`)],
        ['git.b', ...Array.from({ length: 40 }, (_, i) => `unit-${i}`)],
      ]),
    ],
  };

  test('no two nodes overlap, every line flows to the right, all of it is inside', () => {
    const view = layoutPipeline(wide);
    for (const [i, a] of view.nodes.entries()) {
      for (const b of view.nodes.slice(i + 1)) {
        const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        expect(apart ? 'apart' : `${a.id} covers ${b.id}`).toBe('apart');
      }
      expect(a.x).toBeGreaterThanOrEqual(0);
      expect(a.y).toBeGreaterThanOrEqual(0);
      expect(a.x + a.width).toBeLessThanOrEqual(view.width);
      expect(a.y + a.height).toBeLessThanOrEqual(view.height);
    }
    for (const edge of view.edges) {
      const xs = edge.points.map((point) => point.x);
      expect(xs).toEqual([...xs].sort((a, b) => a - b));
    }
  });

  test('the same shape gives the same view', () => {
    expect(JSON.stringify(layoutPipeline(wide))).toBe(JSON.stringify(layoutPipeline(structuredClone(wide))));
  });

  test('two resources that pass through the same jobs share one line', () => {
    const bundles = bundleEdges(layoutPipeline(wide).edges);
    const shared = bundles.filter((bundle) => bundle.to === 'job:ship');
    expect(shared).toHaveLength(40);
    expect(shared.every((bundle) => bundle.resources.join() === 'git.a,git.b')).toBe(true);
  });

  test('names like those of an object are only names', () => {
    const view = layoutPipeline({
      resources: [resource('git.constructor')],
      jobs: [job('__proto__', ['git.constructor'])],
    });
    expect(view.nodes.map((node) => node.label)).toEqual(['constructor', '__proto__']);
    expect(view.edges).toHaveLength(1);
  });
});
