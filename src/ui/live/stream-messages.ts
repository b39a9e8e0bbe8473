/** What a page and the worker that holds its streams say to each other. `stream` is the page's own number for it. */
export type ToHub =
  /** `path` is behind `API_BASE/`; `after` the id of the last message the page has. */
  | { readonly kind: 'join'; readonly stream: number; readonly path: string; readonly after: string | undefined }
  | { readonly kind: 'leave'; readonly stream: number }
  /** Said now and then while a stream is open: a page that crashed takes no leave. */
  | { readonly kind: 'here' };

export type FromHub =
  | { readonly kind: 'open'; readonly stream: number }
  | {
      readonly kind: 'message';
      readonly stream: number;
      readonly id: string | undefined;
      readonly message: unknown;
    }
  | { readonly kind: 'end'; readonly stream: number }
  /** The server's answer when it will not have it. */
  | { readonly kind: 'refused'; readonly stream: number; readonly status: number; readonly body: string }
  /** The connection is gone; a new try may help. */
  | { readonly kind: 'broken'; readonly stream: number };

/** A page says that often that it is there; one that was not heard for twice this long is gone. */
export const HERE_MS = 15_000;
