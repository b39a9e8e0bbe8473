/** What a command sees of the world outside, so that a test can hold it in its hand. */
export interface CommandContext {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The directory that relative paths start from. */
  readonly cwd: string;
  /** Asks the person at the terminal and gives the answer, empty when there is none; absent when nobody is there to be asked. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
  /** The same for what must not be seen: nothing of the answer is shown. */
  readonly askHidden?: ((question: string) => Promise<string>) | undefined;
  /** All that comes in on standard input, where that is no terminal. */
  readonly readInput?: (() => Promise<Uint8Array>) | undefined;
  /** The exit code of the program, once it is over: 0 it worked, 1 it did not, 2 it was not understood. */
  exit(status: number): void;
}

export interface Output {
  write(text: string | Uint8Array): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}
