/** What forges give of a file: its bytes in base64, in JSON. */
import { CodedError } from '../lib/coded-error.ts';

/** The text, or the bytes of what is no UTF-8. Error: `forge.too_large` for a file that the forge does not give whole. */
export function contentOf(
  path: string,
  encoding: string | undefined,
  content: string | undefined,
): string | Uint8Array {
  if (encoding !== 'base64' || content === undefined) {
    throw new CodedError('forge.too_large', `${path} is larger than what the forge gives of a file`, {
      hint: 'files that a pipeline reads have at most 1 MB',
    });
  }
  const bytes = new Uint8Array(Buffer.from(content, 'base64'));
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return bytes;
    throw error;
  }
}

/** `a b/ü` as part of an address, its slashes kept. */
export const pathInUrl = (path: string): string => path.split('/').map(encodeURIComponent).join('/');
