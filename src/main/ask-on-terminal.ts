/** Asks on stderr, so that stdout stays for what the command gives. Ctrl-D and Ctrl-C answer nothing. */
export async function askOnTerminal(question: string): Promise<string> {
  const { createInterface } = await import('node:readline');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await new Promise<string>((resolve) => {
      // The answer was not ended by Enter, so neither was the line.
      lines.once('close', () => {
        process.stderr.write('\n');
        resolve('');
      });
      lines.once('SIGINT', () => lines.close());
      lines.question(question, (answer) => {
        lines.removeAllListeners('close');
        resolve(answer);
      });
    });
  } finally {
    lines.close();
  }
}

/** Whether somebody is there to be asked. */
export const isTerminal = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;
