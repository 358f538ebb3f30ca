import { randomInt } from "node:crypto";
import { type Secret, secret } from "@handlekit/core";

const UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

/** Creates a random password of 193 bits, with characters that need no escaping in URLs, shells and XML. */
export function randomPassword(): Secret {
  return secret(Array.from({ length: 32 }, () => UNRESERVED[randomInt(UNRESERVED.length)]).join(""));
}
