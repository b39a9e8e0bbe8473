import { rootCertificates } from 'node:tls';

/** `fetch` that may also trust certificates of an authority of one's own: `authority` is the PEM text of it. */
export function fetchWithAuthority(url: URL, init: RequestInit, authority: string | undefined): Promise<Response> {
  if (authority === undefined) return fetch(url, init);
  return fetch(url, { ...init, tls: { ca: [...rootCertificates, authority] } });
}
