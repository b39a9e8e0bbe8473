/** Where on a server workers find the queue. */
export const QUEUE_PATH = '/api/v1/queue';

/** Names the worker's process, so that its messages stay in order over reconnections. */
export const INSTANCE_HEADER = 'x-pikoci-instance';
