/** Resource types and notifications as a pipeline uses them, through the built executable. */
import { describe, expect } from 'bun:test';
import { createHmac } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEmulator } from 'emulate';
import { SMTPServer } from 'smtp-server';
import { startRecordedServer } from '../../src/builtins/recorded-server.fixture.ts';
import { writeOciLayout } from '../../src/builtins/registry/images.fixture.ts';
import { S3_KEY, startS3Server } from '../../src/lib/system/s3-server.fixture.ts';
import { freePort } from '../servers/free-port.ts';
import { registryAvailability, startImageRegistry } from '../servers/image-registry.ts';
import { type PikociPlace, pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { testWith } from '../servers/required.ts';
import { endedBuild, logOf } from './builds.ts';
import { eventually } from './eventually.ts';

const test = testWith({ executable: pikociAvailability() });
const withRegistry = testWith({ executable: pikociAvailability(), registry: registryAvailability() });

async function run(place: PikociPlace, pipeline: string, ...args: string[]): Promise<string> {
  place.write('pipeline.hcl', pipeline);
  const { code, stdout, stderr } = await place.run(['run', '--pipeline-config', 'pipeline.hcl', ...args]);
  const output = stdout + stderr;
  expect({ code, output }).toEqual({ code: 0, output });
  return output;
}

const task = (name: string, script: string): string => `task "${name}" {
    run "shell" { cmd = ${JSON.stringify(script)} }
  }`;

describe('resources', () => {
  test('http: what an address has is fetched, changed and put back', async () => {
    let text = 'one';
    await using server = await startRecordedServer(({ method, headers, body }) => {
      if (headers.authorization !== 'Bearer s3cret') return { status: 401 };
      if (method === 'PUT') text = body.toString().trim();
      return { headers: { etag: `"${text}"` }, body: text };
    });
    await using place = pikociPlace();
    const output = await run(
      place,
      `variable "token" { sensitive = true }
      resource "http" "note" {
        params {
          url   = "${server.url}/note.txt"
          token = var.token
        }
      }
      job "edit" {
        get "http" "note" {}
        ${task('change', 'cat note/note.txt; echo two > note.txt')}
        put "http" "note" { file = "note.txt" }
        ${task('look', 'echo "now $(cat note/note.txt)"')}
      }`,
      ...['--allow-put', '--var', 'token=s3cret'],
    );
    expect(output).toContain('now two');
    expect(output).not.toContain('s3cret');
    expect(text).toBe('two');
  });

  test('s3: an object is found by its version, and a newer one put', async () => {
    await using place = pikociPlace();
    mkdirSync(join(place.path, 'store'));
    const server = await startS3Server(join(place.path, 'store'), 'releases');
    try {
      const pipeline = (put: string) => `
      resource "s3" "app" {
        params {
          bucket            = "releases"
          regexp            = "app/app-(.*).txt"
          endpoint          = "${server.endpoint}"
          access_key_id     = "${S3_KEY}"
          secret_access_key = "${S3_KEY}"
        }
      }
      job "release" {
        ${put}
      }`;
      const make = `${task('make', 'echo content > app-1.10.0.txt')}\nput "s3" "app" { file = "app-*.txt" }`;
      await run(place, pipeline(make), '--allow-put');
      const get = `get "s3" "app" {}\n${task('look', 'echo "version $(cat app/version): $(cat app/app-1.10.0.txt)"')}`;
      expect(await run(place, pipeline(get))).toContain('version 1.10.0: content');
    } finally {
      await server.close();
    }
  });

  withRegistry('registry-image: an image is pushed, found and unpacked, without docker', async () => {
    await using registry = await startImageRegistry();
    await using place = pikociPlace();
    const image = join(place.path, 'layout');
    await writeOciLayout(image, mkdtempSync(join(place.path, 'layers-')), [{ 'etc/motd': 'hello' }]);
    const output = await run(
      place,
      `resource "registry-image" "app" {
        params {
          repository = "${registry.host}/org/app"
          tag        = "1.0"
        }
      }
      job "publish" {
        ${task('copy', `cp -r ${image} image`)}
        put "registry-image" "app" { image = "image" }
        ${task('look', 'echo "motd: $(cat app/rootfs/etc/motd) of $(cat app/tag)"')}
      }`,
      '--allow-put',
    );
    expect(output).toContain('motd: hello of 1.0');
  });

  test('github-release: a release is made with its assets, and found', async () => {
    const seed = {
      tokens: { t1: { login: 'ada', scopes: ['repo'] } },
      github: { users: [{ login: 'ada' }], repos: [{ owner: 'ada', name: 'app', auto_init: true }] },
    };
    const github = await createEmulator({ service: 'github', port: await freePort(), seed });
    try {
      await using place = pikociPlace();
      const output = await run(
        place,
        `resource "github-release" "app" {
          params {
            repository = "ada/app"
            token      = "t1"
            api_url    = "${github.url}"
          }
        }
        job "release" {
          ${task('make', 'echo content > app.tgz')}
          put "github-release" "app" {
            tag    = "v1.2.0"
            assets = ["*.tgz"]
            no_get = true
          }
        }
        job "look" {
          get "github-release" "app" {
            params { assets = [] }
          }
          ${task('look', 'echo "found $GET_APP_TAG, $(cat app/version)"')}
        }`,
        ...['--allow-put', '--job', 'release'],
      );
      expect(output).toContain('uploaded app.tgz');
      const look = await place.run(['run', '--pipeline-config', 'pipeline.hcl', '--job', 'look']);
      expect(look.stdout + look.stderr).toContain('found v1.2.0, 1.2.0');
    } finally {
      await github.close();
    }
  });

  test('the proxy of the worker is used', async () => {
    await using proxy = await startRecordedServer(() => ({ headers: { etag: '"1"' }, body: 'by proxy' }));
    await using place = pikociPlace();
    place.write(
      'pipeline.hcl',
      `resource "http" "note" {
        params { url = "http://elsewhere.invalid/note.txt" }
      }
      job "look" {
        get "http" "note" {}
        ${task('look', 'cat note/note.txt')}
      }`,
    );
    const env = { http_proxy: proxy.url };
    const { stdout, stderr } = await place.run(['run', '--pipeline-config', 'pipeline.hcl'], { env });
    expect(stdout + stderr).toContain('by proxy');
    expect(proxy.requests[0]?.path).toBe('http://elsewhere.invalid/note.txt');
  });

  test('a check that cannot be made says why', async () => {
    await using server = await startRecordedServer(() => ({ status: 401 }));
    await using place = pikociPlace();
    place.write(
      'pipeline.hcl',
      `resource "http" "note" {
        params { url = "${server.url}/note.txt" }
      }
      job "look" {
        get "http" "note" {}
      }`,
    );
    const { code, stdout, stderr } = await place.run(['run', '--pipeline-config', 'pipeline.hcl']);
    expect(code).toBe(1);
    expect(stdout + stderr).toContain('give the resource "token"');
  });
});

test('notify steps: Slack, Discord, a webhook and a mailbox', async () => {
  await using server = await startRecordedServer(() => ({ body: 'ok' }));
  const mails: string[] = [];
  const mailbox = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    authOptional: true,
    onData(stream, _, done) {
      let text = '';
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      stream.on('end', () => {
        mails.push(text);
        done();
      });
    },
  });
  const port = await freePort();
  await new Promise<void>((resolve) => mailbox.listen(port, '127.0.0.1', resolve));
  try {
    await using place = pikociPlace();
    const chat = (type: string) => `notification "${type}" "team" {
      params { url = "${server.url}/${type}" }
    }`;
    const output = await run(
      place,
      `${['slack', 'discord', 'webhook'].map(chat).join('\n')}
      notification "email" "team" {
        message = "\${build.job} is \${build.status}"
        on      = ["failure", "all"]
        params {
          host = "127.0.0.1"
          port = ${port}
          tls  = "none"
          from = "ci@example.org"
          to   = ["ada@example.org"]
        }
      }
      job "tell" {
        notify "slack" "team" { message = "to slack" }
        notify "discord" "team" { message = "to discord" }
        notify "webhook" "team" { message = "to the webhook" }
      }`,
    );
    const bodies = Object.fromEntries(server.requests.map(({ path, body }) => [path, body.toString()]));
    expect(bodies['/slack']).toContain('to slack');
    expect(bodies['/discord?wait=true']).toContain('to discord');
    expect(JSON.parse(bodies['/webhook'] ?? '{}')).toMatchObject({ message: 'to the webhook', build: { job: 'tell' } });
    expect(mails).toHaveLength(1);
    expect(mails[0]).toContain('tell is succeeded');
    expect(output).not.toContain('warning');
  } finally {
    await new Promise<void>((resolve) => mailbox.close(() => resolve()));
  }
});

test('a pipeline goes on where another ends, and a webhook hears how', async () => {
  await using receiver = await startRecordedServer(() => ({}));
  await using place = pikociPlace();
  place.write('ok', '');
  place.write(
    'app.hcl',
    `notification "webhook" "board" {
      on      = ["broken", "fixed"]
      message = "\${build.job} \${build.status}, before \${build.previous_status}"
      params {
        url    = "${receiver.url}/hook"
        secret = "s3cret"
      }
    }
    job "release" {
      ${task('build', `test -e ${place.path}/ok`)}
    }`,
  );
  place.write(
    'deploy.hcl',
    `resource "trigger" "release" {
      check_interval = "@every 1s"
      params {
        pipeline = "app"
        job      = "release"
      }
    }
    resource "trigger" "lost" {
      params {
        pipeline = "ap"
        job      = "release"
      }
    }
    job "deploy" {
      get "trigger" "release" { trigger = true }
      ${task('deploy', 'echo "deploying build $GET_RELEASE_NUMBER"')}
    }
    job "never" {
      get "trigger" "lost" { trigger = true }
    }`,
  );
  const server = await place.startServer(
    '--db-system',
    'mem',
    '--pipeline-config',
    'app.hcl',
    '--pipeline-config',
    'deploy.hcl',
  );
  const release = async (number: number) => {
    await server.cli('jobs', 'trigger', '--pipeline', 'app', '--job', 'release');
    return (await endedBuild(server, 'app', 'release', number)).status;
  };
  expect(await release(1)).toBe('succeeded');
  expect((await endedBuild(server, 'deploy', 'deploy', 1)).status).toBe('succeeded');
  expect(await logOf(server, 'deploy', 'deploy', 1)).toContain('deploying build 1');

  rmSync(join(place.path, 'ok'));
  expect(await release(2)).toBe('failed');
  expect(await release(3)).toBe('failed');
  writeFileSync(join(place.path, 'ok'), '');
  expect(await release(4)).toBe('succeeded');
  expect((await endedBuild(server, 'deploy', 'deploy', 2)).versions).toMatchObject({
    'trigger.release': { number: '4' },
  });

  const told = receiver.requests.map(({ body, headers }) => {
    const signature = createHmac('sha256', 's3cret').update(body).digest('hex');
    expect(headers['x-pikoci-signature-256']).toBe(`sha256=${signature}`);
    return JSON.parse(body.toString());
  });
  expect(told.map(({ message }) => message)).toEqual([
    'release failed, before succeeded',
    'release succeeded, before failed',
  ]);
  expect(told[0].build).toMatchObject({ number: 2, change: 'broken', cause: expect.stringContaining('by hand') });
  expect(told[0].build.url).toStartWith(server.url);

  const problem = await eventually('the check of a pipeline that is not there fails', async () => {
    const resources = await server.cli('resources', 'list', '--pipeline', 'deploy', '--json');
    return resources.stdout.includes('has no pipeline') ? resources.stdout : undefined;
  });
  expect(problem).toContain('did you mean \\"app\\"?');
  await server.stop();
});
