/** `If-Match` and `If-None-Match` (RFC 9110, 13.1): what must be there, or must not, for a request to be done. */
import { CodedError } from '../../lib/coded-error.ts';

export type Condition =
  | { readonly kind: 'none' }
  /** Anything, if only something: `If-Match: *`. */
  | { readonly kind: 'any' }
  /** Nothing: `If-None-Match: *`. */
  | { readonly kind: 'absent' }
  /** One of these. Each is quoted, as it was sent. */
  | { readonly kind: 'is'; readonly etags: readonly string[] }
  /** None of these: the asker has them already. */
  | { readonly kind: 'not'; readonly etags: readonly string[] };

const ETAG = /^(W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/;
const MOST_ETAGS = 20;

/** Throws `api.bad_request` for what is neither `*` nor a list of quoted tags, and for both headers at once. */
export function readCondition(ifMatch: string | undefined, ifNoneMatch: string | undefined): Condition {
  if (ifMatch !== undefined && ifNoneMatch !== undefined) {
    throw new CodedError('api.bad_request', 'If-Match and If-None-Match contradict each other', {
      hint: 'send If-Match to change what is there, If-None-Match: * to make what is not',
    });
  }
  if (ifMatch !== undefined) {
    if (ifMatch.trim() === '*') return { kind: 'any' };
    // A weak tag only says that two look alike, so it matches nothing here.
    return { kind: 'is', etags: listOf(ifMatch, 'If-Match').filter((etag) => !etag.startsWith('W/')) };
  }
  if (ifNoneMatch === undefined) return { kind: 'none' };
  if (ifNoneMatch.trim() === '*') return { kind: 'absent' };
  return { kind: 'not', etags: listOf(ifNoneMatch, 'If-None-Match').map((etag) => etag.replace(/^W\//, '')) };
}

function listOf(header: string, name: string): string[] {
  const etags = header.split(',').map((etag) => etag.trim());
  const wrong = etags.find((etag) => !ETAG.test(etag));
  if (wrong === undefined && etags.length <= MOST_ETAGS) return etags;
  throw new CodedError('api.bad_request', `${name} is not an ETag: ${(wrong ?? header).slice(0, 100)}`, {
    hint: 'send it with its quotes, as the answer had it in ETag, or *',
  });
}
