/** Lists, page by page. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Give it back to get the next page; absent at the end. */
  readonly next?: string | undefined;
}
export interface PageRequest {
  readonly limit: number;
  readonly after?: string | undefined;
}
