import { isHandleError, type ValueReference } from "@handlekit/core";
import { clientOf, type HandleClient } from "../../client.ts";
import { type ClientContext, openContext } from "../../context.ts";
import { createSearch, type Search } from "../../reading/search-handles.ts";
import type { ClientCredentials } from "../../settings.ts";
import { CredentialsFormatError } from "../exceptions.ts";
import { type EUDATHandleClientConfig, readConfig } from "../read-config.ts";
import { type Circumstances, messageOf, toException } from "../to-exception.ts";
import { assertHandle } from "../utilhandle.ts";

/** The client, search and user of an `EUDATHandleClient`. */
export interface Session {
  readonly context: ClientContext;
  readonly client: HandleClient;
  readonly search: Search;
  /** The user of a login with a password. */
  readonly user: ValueReference | undefined;
  /** The user of any login, for messages. */
  readonly username: string | undefined;
}

/**
 * Runs checks, or whatever creates a client.
 *
 * @throws CredentialsFormatError, HandleSyntaxError
 */
export function withCreationExceptions<T>(create: () => T): T {
  try {
    return create();
  } catch (error) {
    if (!isHandleError(error) || error.code === "invalid_reference") throw toException(error);
    throw new CredentialsFormatError(messageOf(error), { cause: error });
  }
}

/**
 * Opens the session of a client; nothing is sent.
 *
 * @throws CredentialsFormatError, HandleSyntaxError; TypeError for a login without a server
 */
export function openSession(
  server: string | ClientCredentials | null | undefined,
  config: EUDATHandleClientConfig,
): Session {
  return withCreationExceptions(() => {
    const { credentials, options, user, username } = readConfig(server, config);
    const context = openContext(credentials, options);
    return { context, client: clientOf(context), search: createSearch(context.settings), user, username };
  });
}

/** Runs the work of a method. Its errors are thrown as exceptions. */
export async function runMethod<T>(
  session: Session,
  operation: string,
  handle: string,
  work: () => T | Promise<T>,
  more: Circumstances = {},
): Promise<T> {
  assertHandle(handle, operation);
  try {
    return await work();
  } catch (error) {
    throw toException(error, { handle, operation, username: session.username, ...more });
  }
}
