import type { Logger } from '../lib/logger.ts';
import { sendDatagram } from '../lib/system/libc.ts';

/** Tells systemd what its protocol for services of `Type=notify` has words for; without systemd nobody is told. */
export function notifySystemd(words: string, logger: Logger): void {
  const socket = process.env.NOTIFY_SOCKET;
  if (socket === undefined || socket === '') return;
  if (!sendDatagram(socket, words)) logger.warn(`systemd could not be told that the server is there (${socket})`);
}
