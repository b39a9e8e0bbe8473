/** Vault's HTTP API: one request, its redirect to the active server, and what its refusals mean. */
import { z } from 'zod';
import { CodedError, errorText } from '../../lib/coded-error.ts';
import type { Json } from '../../lib/json.ts';
import type { VaultSettings } from './vault-settings.ts';

const TIMEOUT_MS = 20_000;
const json = z.json() as z.ZodType<Json>;
const refusal = z.object({ errors: z.array(z.string()), warnings: z.array(z.string()).nullish() });

export interface VaultRequest {
  readonly method: 'GET' | 'POST';
  /** Below `/v1/`, without a slash at its beginning. */
  readonly path: string;
  readonly token?: string;
  readonly body?: Json;
  /** How long to wait for the whole answer, if not as long as usual. */
  readonly timeoutMs?: number;
}

/** What Vault refused, as it said it. */
export interface VaultRefusal {
  readonly status: number;
  readonly said: string;
}

export interface VaultClient {
  readonly origin: string;
  /** Throws `vault_unreachable`, `vault_timeout`, `vault_certificate`, `vault_sealed`, and what `explain` makes of any other refusal. */
  ask(request: VaultRequest, explain: (refusal: VaultRefusal) => CodedError | undefined): Promise<Json>;
}

export function createVaultClient(settings: VaultSettings, usualTimeoutMs = TIMEOUT_MS): VaultClient {
  const { origin } = new URL(settings.address);

  async function send(url: URL, request: VaultRequest, signal: AbortSignal, redirected = false): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(url, {
        method: request.method,
        redirect: 'manual',
        signal,
        headers: {
          'X-Vault-Request': 'true',
          ...(request.token !== undefined && { 'X-Vault-Token': request.token }),
          ...(settings.namespace !== undefined && { 'X-Vault-Namespace': settings.namespace }),
          ...(request.body !== undefined && { 'Content-Type': 'application/json' }),
        },
        ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
        ...(settings.certificates !== undefined && { tls: { ca: settings.certificates } }),
      });
    } catch (cause) {
      throw unreachable(cause, url.origin, request.timeoutMs ?? usualTimeoutMs);
    }
    // A standby leads to the active server: one redirect is followed, and never from https to http.
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null || redirected) return response;
    const target = new URL(location, url);
    if (url.protocol === 'https:' && target.protocol !== 'https:') return response;
    return send(target, request, signal, true);
  }

  return {
    origin,
    async ask(request, explain) {
      const path = request.path.split('/').map(encodeURIComponent).join('/');
      const timeoutMs = request.timeoutMs ?? usualTimeoutMs;
      const signal = AbortSignal.timeout(timeoutMs);
      const response = await send(new URL(`${settings.address}/v1/${path}`), request, signal);
      const text = await response.text().catch((cause: unknown) => {
        throw unreachable(cause, new URL(response.url).origin, timeoutMs);
      });
      const body = json.safeParse(parsed(text));
      if (response.ok) {
        if (body.success) return body.data;
        throw notVault(origin);
      }
      const refused = refusal.safeParse(body.data);
      const words = refused.success ? [...refused.data.errors, ...(refused.data.warnings ?? [])] : [];
      const said = words.length === 0 ? '' : ` Vault says: ${words.join('; ').replace(/\s+/g, ' ').trim()}.`;
      if (response.status === 503) {
        throw new CodedError('vault_sealed', `Vault at ${origin} is sealed or not ready.${said}`, {
          hint: 'Unseal it (vault operator unseal), then retry the build.',
        });
      }
      throw (
        explain({ status: response.status, said }) ??
        new CodedError('vault_answer', `Vault at ${origin} answered ${response.status} for ${request.path}.${said}`)
      );
    },
  };
}

export function notVault(origin: string): CodedError {
  return new CodedError('vault_answer', `${origin} answered, but not as Vault's key-value store does.`, {
    hint: 'Is the address that of Vault itself?',
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreachable(cause: unknown, origin: string, timeoutMs: number): CodedError {
  if (cause instanceof Error && cause.name === 'TimeoutError') {
    return new CodedError('vault_timeout', `Vault at ${origin} did not answer within ${timeoutMs / 1_000} s.`, {
      hint: 'Is it overloaded, or does a firewall swallow what the worker sends?',
      cause,
    });
  }
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (/CERT|SIGNATURE|TLS|ISSUER/.test(code)) {
    return new CodedError('vault_certificate', `The certificate of Vault at ${origin} is not trusted: ${code}.`, {
      hint: 'Name its authority: ca_cert = "/path/on/the/worker.pem" (or the PEM text) in the type, or VAULT_CACERT for the worker.',
      cause,
    });
  }
  return new CodedError('vault_unreachable', `Vault at ${origin} cannot be reached: ${errorText(cause)}.`, {
    hint: 'Is the address right, and may the worker connect to it?',
    cause,
  });
}
