import type { RequestProblem } from "../http/message.ts";

/** 1 MiB. */
export const DEFAULT_MAX_BODY_BYTES: number = 1024 * 1024;

/** A body is larger than the adapter takes. */
export function bodyTooLarge(limit: number): RequestProblem {
  return { status: 413, message: `The body is larger than ${limit} bytes` };
}

/** Another part of the program has read the body and left nothing of it. */
export function bodyTaken(): RequestProblem {
  return {
    status: 500,
    message:
      "The body of the request was read before it reached the handle service. Mount the service before body parsers, or hand on the body that they read",
  };
}
