import type { RouteAnswer } from '../../protocol/route.ts';
import type {
  RouteBody,
  RouteName,
  RouteOutput,
  RouteParams,
  RouteQuery,
  Routes,
  TaggedRoute,
} from '../../protocol/routes.ts';
import type { Asker } from '../auth/principal.ts';
import type { Condition } from './conditions.ts';

/**
 * A request that was understood. Whether its asker has the role that the route needs is decided against what it is about, when that is loaded
 * (access.ts); what is about the server was decided before.
 */
export interface Call<Name extends RouteName> {
  readonly params: RouteParams<Name>;
  readonly query: RouteQuery<Name>;
  readonly body: RouteBody<Name>;
  readonly principal: Asker;
  /** What is there must be this, or the request is refused. */
  readonly condition: Condition;
  /** The range of bytes that is asked for, as it was written. */
  readonly range?: string | undefined;
  /** Where a reader of a stream stopped. */
  readonly lastEventId: string | undefined;
  /** Aborts when the asker is gone. */
  readonly signal: AbortSignal;
}

/** One message of a stream, with the id that a reader comes back with; without one it cannot go on from there. */
export interface StreamItem<T> {
  readonly id?: string | undefined;
  readonly message: T;
}

/** An answer and the ETag of what it is about. */
export interface Tagged<T> {
  readonly etag: string;
  readonly value: T;
}

type AnswerOf<Name extends RouteName, Kind extends RouteAnswer['kind']> = {
  json: Name extends TaggedRoute ? Tagged<RouteOutput<Name>> : RouteOutput<Name>;
  none: undefined;
  bytes: Response;
  events: AsyncIterable<StreamItem<RouteOutput<Name>>>;
}[Kind];

/** Throws CodedErrors; problems.ts says what each becomes. */
export type Handler<Name extends RouteName> = (
  call: Call<Name>,
) => Promise<AnswerOf<Name, Routes[Name]['answer']['kind']>>;

export type Handlers<Names extends RouteName = RouteName> = { readonly [Name in Names]: Handler<Name> };
