/** What a long-running part of the program says. Fields are named values for machines; never a secret among them. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;
export type LogLevel = keyof Logger;

/** The levels, quietest last. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const satisfies readonly LogLevel[];

/** A logger that writes lines: `12:03:04 warn  message key=value`, or one JSON object a line. */
export function createLogger(options: {
  readonly level: LogLevel;
  readonly format: 'text' | 'json';
  readonly write: (line: string) => void;
  readonly now: () => number;
  /** Put before every message, to tell two processes on one terminal apart. */
  readonly prefix?: string;
}): Logger {
  const lowest = LOG_LEVELS.indexOf(options.level);
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (LOG_LEVELS.indexOf(level) < lowest) return;
      const time = new Date(options.now()).toISOString();
      if (options.format === 'json') {
        options.write(`${JSON.stringify({ time, level, message, ...fields })}\n`);
        return;
      }
      const pairs = Object.entries(fields).flatMap(([key, value]) =>
        value === undefined ? [] : [` ${key}=${shown(value)}`],
      );
      options.write(`${time.slice(11, 19)} ${level.padEnd(5)} ${options.prefix ?? ''}${message}${pairs.join('')}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function shown(value: string | number | boolean): string {
  const text = String(value);
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}

/** For tests and for parts that nobody listens to. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
