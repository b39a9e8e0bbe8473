/** Serves the built pages: files by their address, and the one page for every other address that a person may open. */
import { gzipSync } from 'node:zlib';
import { uiAssets } from './ui-assets.ts';

/** No script or style but our own files, nothing loaded from elsewhere, and no other page may frame these. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const SECURITY_HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
} as const;

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  json: 'application/json',
  woff2: 'font/woff2',
  png: 'image/png',
  ico: 'image/x-icon',
  webmanifest: 'application/manifest+json',
};
const COMPRESSIBLE = new Set(['html', 'js', 'css', 'svg', 'json', 'webmanifest']);

interface Page {
  readonly type: string;
  readonly plain: Uint8Array;
  readonly gzipped: Uint8Array | undefined;
}

export interface Pages {
  /** The answer for a GET of this path, or `undefined` when it is for somebody else (the API). */
  answer(request: Request): Promise<Response | undefined>;
}

export function createPages(): Pages {
  const assets = uiAssets();
  // Read and compressed once, when first asked for.
  const loaded = new Map<string, Promise<Page>>();

  function load(address: string, path: string): Promise<Page> {
    let page = loaded.get(address);
    if (page === undefined) {
      page = read(address, path);
      loaded.set(address, page);
    }
    return page;
  }

  async function answerDocs(request: Request, address: string): Promise<Response> {
    const page = `${address === '/docs' ? '/docs/index' : address.replace(/\/$/, '')}.html`;
    const path = assets.get(page);
    if (path !== undefined) return respond(request, await load(page, path), false);
    return new Response('There is no such page: /docs has the contents.\n', { status: 404 });
  }

  return {
    async answer(request) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
      const address = new URL(request.url).pathname;
      const exact = assets.get(address);
      if (exact !== undefined && address !== '/index.html')
        return respond(request, await load(address, exact), isHashed(address));
      if (isDocs(address)) return answerDocs(request, address);
      const index = assets.get('/index.html');
      if (address.startsWith('/assets/') || index === undefined) {
        return new Response(index === undefined ? 'These pages were not built: run npm run build.\n' : 'not found\n', {
          status: 404,
        });
      }
      return respond(request, await load('/index.html', index), false);
    },
  };
}

/** Pages that stand for themselves, written when the executable was built. */
function isDocs(address: string): boolean {
  return address === '/docs' || address.startsWith('/docs/');
}

/** Vite puts a hash of the content into the names under /assets/, so that they never change. */
function isHashed(address: string): boolean {
  return address.startsWith('/assets/');
}

async function read(address: string, path: string): Promise<Page> {
  const extension = address.slice(address.lastIndexOf('.') + 1);
  const plain = new Uint8Array(await Bun.file(path).arrayBuffer());
  return {
    type: TYPES[extension] ?? 'application/octet-stream',
    plain,
    gzipped: COMPRESSIBLE.has(extension) ? gzipSync(plain, { level: 9 }) : undefined,
  };
}

function respond(request: Request, page: Page, forever: boolean): Response {
  const gzipped = /\bgzip\b/.test(request.headers.get('accept-encoding') ?? '') ? page.gzipped : undefined;
  const body = gzipped ?? page.plain;
  return new Response(request.method === 'HEAD' ? null : new Uint8Array(body), {
    headers: {
      ...SECURITY_HEADERS,
      'content-type': page.type,
      'content-length': String(body.byteLength),
      'cache-control': forever ? 'public, max-age=31536000, immutable' : 'no-cache',
      vary: 'accept-encoding',
      ...(gzipped === undefined ? {} : { 'content-encoding': 'gzip' }),
    },
  });
}
