import type { Link, LinkEvents } from '../link/link.ts';

type Delivery = (events: LinkEvents) => void;

/**
 * Two links in one process, each the other's far end. What one sends reaches the other on a later turn of the event loop, in order, so that
 * neither side ever runs inside the other's call, and pipes and sockets get their turn between.
 */
export function createMemoryLinks(): readonly [MemoryLink, MemoryLink] {
  const [near, far] = [new MemoryLink(), new MemoryLink()];
  near.join(far);
  far.join(near);
  return [near, far];
}

export class MemoryLink implements Link {
  #far: MemoryLink | undefined;
  #events: LinkEvents | undefined;
  #inbox: Delivery[] = [];
  #scheduled = false;
  #ended = false;

  join(far: MemoryLink): void {
    this.#far = far;
  }

  /** Who hears what arrives. What arrived before waits. */
  attach(events: LinkEvents): void {
    this.#events = events;
    this.#schedule();
  }

  open(): void {
    this.arrive((events) => events.open());
  }

  send(frame: Uint8Array): void {
    if (!this.#ended) this.#far?.arrive((events) => events.frame(frame));
  }

  close(code: number, reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#far?.end(code, reason);
    this.arrive((events) => events.closed(code, reason));
  }

  terminate(): void {
    this.close(1006, 'the connection was cut');
  }

  /** The other side closed. */
  end(code: number, reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.arrive((events) => events.closed(code, reason));
  }

  /** Something from the other side. */
  arrive(delivery: Delivery): void {
    this.#inbox.push(delivery);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || !this.#events || this.#inbox.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const events = this.#events;
      if (events) for (const delivery of this.#inbox.splice(0)) delivery(events);
    });
  }
}
