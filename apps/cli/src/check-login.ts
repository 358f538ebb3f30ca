import type { HandleClient } from "@handlekit/client";
import { type Credentials, formatReference, HandleError, isHandleError } from "@handlekit/core";

/**
 * Logs in, by reading the value of the user with the login. A server that accepts the login and refuses the value has
 * accepted it all the same.
 *
 * @returns the user
 * @throws HandleError `invalid_credentials` if there is no login, or one that names no user; `authentication_failed`
 */
export async function checkLogin(
  client: HandleClient,
  { login, source }: Credentials,
  signal: AbortSignal,
): Promise<string> {
  if (login?.identity === undefined) {
    throw new HandleError("invalid_credentials", {
      message:
        login === undefined
          ? `There is no login in ${source}.`
          : `The certificate in ${source} names no user.`,
      hint: "Save a login with hdl auth save.",
    });
  }
  const { handle, index } = login.identity;
  try {
    await client.read(handle, { indexes: [index], authenticated: true, signal });
  } catch (error) {
    if (!isHandleError(error, "permission_denied")) throw error;
  }
  return formatReference(login.identity);
}
