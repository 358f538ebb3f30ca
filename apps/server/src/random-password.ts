import { randomInt } from "node:crypto";
import { type Secret, secret } from "@handlekit/core";

const UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

/** A password of characters that no URL, shell, XML or percent-encoding changes; about 193 bits. */
export function randomPassword(): Secret {
  return secret(Array.from({ length: 32 }, () => UNRESERVED[randomInt(UNRESERVED.length)]).join(""));
}
