/** Keeps what was read of rows that never change (revisions, plans, versions, builds that ended); the least recently used goes. */
export class Known<Key, T> {
  readonly #limit: number;
  readonly #values = new Map<Key, T>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: Key): T | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    this.#values.delete(key);
    this.#values.set(key, value);
    return value;
  }

  set(key: Key, value: T): T {
    const oldest = this.#values.size >= this.#limit ? this.#values.keys().next() : undefined;
    if (oldest?.done === false) this.#values.delete(oldest.value);
    this.#values.set(key, value);
    return value;
  }

  async getOr(key: Key, read: () => Promise<T>): Promise<T> {
    return this.get(key) ?? this.set(key, await read());
  }
}
