import type { Site } from "@handlekit/core";
import type { Answer, ServiceResponse } from "../http/message.ts";
import type { ParsedRequest } from "../http/parsed-request.ts";
import type { RecordAnswers } from "../http/record-answer.ts";
import type { Attempts } from "../identify/attempts.ts";
import type { Identification, Identify } from "../identify/identify.ts";
import type { ServerKey } from "../identify/keys.ts";
import type { LimitOf } from "../identify/limits.ts";
import type { SearchLogin } from "../identify/search-login.ts";
import type { Sessions } from "../identify/sessions.ts";
import type { Login, OperationContext } from "../operations/context.ts";

/** The surroundings of the REST API. */
export interface ApiContext extends OperationContext {
  readonly sessions: Sessions;
  readonly identify: Identify;
  readonly attempts: Attempts;
  readonly searchLogin: SearchLogin;
  readonly recordAnswer: RecordAnswers;
  readonly serverKey: ServerKey | undefined;
  /** Whether browsers are asked for Basic too. */
  readonly basicInBrowsers: boolean;
  /** The limits on verifications: on deriving keys, and per address. */
  readonly verifications: {
    readonly deriving: LimitOf;
    readonly isAllowed: (address: string | undefined) => boolean;
  };
  /** Returns the site for /api/site. */
  readonly site: () => Site;
  /** The path under which clients reach the service: empty, or with a leading and no trailing slash. */
  readonly linkBase: string;
}

/** A request to an endpoint of the REST API. */
export interface ApiCall {
  readonly request: ParsedRequest;
  readonly who: Identification;
  /** The rest of the path below the endpoint, still percent-encoded. */
  readonly rest: string;
}

/** Returns the login of a request, for the audit. */
export function loginOf({ request, who }: ApiCall): Login {
  return { scheme: who.scheme ?? "none", address: request.connection.remoteAddress };
}

/** Handles the requests to one path: translates between HTTP and an operation. */
export type Endpoint = (context: ApiContext, call: ApiCall) => Promise<Answer>;

/** A header of a response. */
export type HeaderLine = ServiceResponse["headers"][number];
