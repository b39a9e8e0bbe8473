/** The image of a job, and its services. */
import type { Block } from '../hcl-block.ts';
import type { HclValue } from '../hcl-text.ts';
import { nameOf } from '../names.ts';
import { serviceOf } from '../services.ts';
import type { Source } from '../source.ts';
import type { ImageHere, JobPlace } from './job.ts';
import { expand, literalOf } from './values.ts';

/** `undefined`: the job runs on the worker as it is. */
export function readImage(image: Source | undefined, place: JobPlace, block: Block): ImageHere | undefined {
  if (image === undefined) return undefined;
  const name = image.kind === 'map' ? image.get('name') : image;
  const text = name?.text();
  if (text === undefined) return undefined;
  const entrypoint = image.entries.get('entrypoint');
  const isNone = entrypoint?.kind === 'list' && entrypoint.items.every(({ scalar }) => scalar === '');
  if (isNone) entrypoint.texts();
  const user = image.entries.get('docker')?.entries.get('user');
  const here = {
    name: expand(text, place, true),
    args: isNone ? ['--entrypoint='] : [],
    user: user === undefined ? undefined : expand(user.text() ?? '', place, true),
  };
  if (image.kind === 'map') {
    image.get('docker')?.get('user');
    place.pipeline.conversion.leftovers(block, image);
  }
  return here;
}

export function readServices(place: JobPlace): Block[] {
  const { job, pipeline, block } = place;
  return (job.source.get('services')?.elements() ?? []).flatMap((source): Block[] => {
    const name = source.kind === 'map' ? source.entries.get('name') : source;
    const image = literalOf(expand(String(name?.scalar ?? ''), place, true));
    const alias = source.entries.get('alias')?.scalar;
    const usual = (image ?? '').replace(/[:@].*$/, '').replaceAll('/', '-');
    const called = nameOf(String(alias ?? usual).split(/[\s,]/)[0] ?? usual, 'service');
    const own = source.entries.get('variables');
    const variables = new Map<string, HclValue>();
    for (const [key, value] of place.table) variables.set(key, expand(value, place));
    for (const key of own?.keys() ?? []) variables.set(key, expand(String(own?.entries.get(key)?.scalar ?? ''), place));
    const found = image === undefined ? undefined : serviceOf(image, called, variables);
    if (found === undefined) {
      pipeline.conversion.notConverted(
        block,
        source,
        'pikoci has no such service',
        'write a service_type: docs/services.md, Your own',
      );
      return [];
    }
    if (source.kind === 'map') for (const key of ['name', 'alias']) source.textOf(key);
    else source.text();
    for (const key of own?.keys() ?? []) if (found.taken.has(key)) own?.textOf(key);
    const words = source.entries.get('command');
    if (
      words !== undefined &&
      found.block.type === 'service' &&
      ['redis', 'nats', 'postgresql', 'mysql', 'mariadb'].includes(found.block.labels[0] ?? '')
    ) {
      const args = source.textsOf('command').filter((word, at) => at > 0 || word.startsWith('-'));
      found.block.set('args', args);
    }
    const variable = called.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
    if (found.hasPassword)
      pipeline.conversion.differs(
        found.block,
        source,
        'it has a password here',
        `its address is in $SERVICE_${variable}_URL`,
      );
    else if (!job.source.has('image'))
      pipeline.conversion.differs(
        found.block,
        source,
        `"${called}" is no host without a container`,
        `it is at $SERVICE_${variable}_HOST and $SERVICE_${variable}_PORT`,
      );
    pipeline.conversion.leftovers(found.block, source);
    return [found.block];
  });
}
