/**
 * Pushes an image that the build made, without docker. Attributes of the `put`: `image` (an OCI layout, or a tar of one or of `docker save`), `tag` or
 * `tag_file` (else the resource's), `additional_tags` (a list).
 */
import { readFile, stat } from 'node:fs/promises';
import { CodedError } from '../../lib/coded-error.ts';
import { buildPath, findFile } from '../build-files.ts';
import { type CommandEnv, type CommandIo, param } from '../builtin-command.ts';
import { TAG } from '../registry/image-name.ts';
import { blobContent, openLocalImage } from '../registry/local-image.ts';
import { openRegistry } from '../registry/registry-client.ts';
import { textList } from '../text-list.ts';

export async function registryImagePush(env: CommandEnv, io: CommandIo): Promise<number> {
  if (!env.put_image) {
    throw new CodedError(
      'parameter_missing',
      'A put of an image needs "image": an OCI layout, or a tar of one or of docker save.',
    );
  }
  const registry = openRegistry(env, io);
  const [tag = '', ...others] = await tagsOf(env);
  const directory = await stat(buildPath(env, env.put_image, 'image')).catch(() => undefined);
  const path =
    directory?.isDirectory() === true
      ? buildPath(env, env.put_image, 'image')
      : await findFile(env, env.put_image, 'image');
  await using image = await openLocalImage(path);
  for (const [digest, file] of image.blobs) {
    const bytes = await registry.uploadBlob(digest, await blobContent(file));
    io.stderr(bytes === undefined ? `${digest} is there already\n` : `${digest}, ${bytes} bytes\n`);
  }
  for (const manifest of image.others) await registry.putManifest(manifest.digest, manifest);
  for (const name of [tag, ...others]) {
    await registry.putManifest(name, image.top);
    io.stderr(`${registry.name.shown}:${name} is ${image.top.digest}\n`);
  }
  const version = { tag, digest: image.top.digest };
  io.stdout(`${JSON.stringify({ version, metadata: { image: `${registry.name.shown}:${tag}` } })}\n`);
  return 0;
}

async function tagsOf(env: CommandEnv): Promise<string[]> {
  const file = env.put_tag_file;
  const own = param(env, 'tag') ?? 'latest';
  const tag = file ? (await readFile(await findFile(env, file, 'tag_file'), 'utf8')).trim() : env.put_tag || own;
  const all = [tag, ...textList(env.put_additional_tags, ',')];
  const wrong = all.find((one) => !TAG.test(one));
  if (wrong === undefined) return all;
  throw new CodedError('bad_tag', `${JSON.stringify(wrong)} is no tag of an image.`, {
    hint:
      wrong === own
        ? 'The "tag" of the resource is a pattern, so the put needs one of its own: tag = "1.2".'
        : 'A tag is made of letters, digits, ".", "_" and "-", at most 128.',
  });
}
