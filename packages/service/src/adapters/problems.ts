import { checkArgument, checkOptions } from "@handlekit/core";
import type { RequestProblem } from "../http/message.ts";
import type { HandleService } from "../routes.ts";

/** 1 MiB. */
export const DEFAULT_MAX_BODY_BYTES: number = 1024 * 1024;

/** Checks the arguments of an adapter's factory. */
export function checkAdapter(caller: string, service: HandleService, options: object): void {
  checkArgument(caller, "service", service, ["object"]);
  checkArgument(caller, "service.respond", service.respond, ["function"]);
  checkOptions(caller, options, {
    maxBodyBytes: ["number", "undefined"],
    connection: ["function", "undefined"],
  });
}

/** The problem of a body that is larger than the adapter's limit. */
export function bodyTooLarge(limit: number): RequestProblem {
  return { status: 413, message: `The body is larger than ${limit} bytes` };
}

/** The problem of a body that another part of the program has read and not passed on. */
export function bodyTaken(): RequestProblem {
  return {
    status: 500,
    message:
      "The body of the request was read before it reached the handle service. Mount the service before body parsers, or pass on the body that they read",
  };
}
