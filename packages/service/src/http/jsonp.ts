import { encodeUtf8 } from "@handlekit/core";
import type { ServiceResponse } from "../exchange-types.ts";

/** A JavaScript name: everything that cannot stand in one becomes an underscore. */
function scrub(name: string): string {
  return name.replace(/[^_$A-Za-z0-9\u00A0-\uFFFF]/g, "_").replace(/^[0-9]/, "_");
}

/** A JSON answer as a call of `callback`, when one was asked for. */
export function asJsonp(response: ServiceResponse, callback: string | null): ServiceResponse {
  if (callback === null || callback === "") return response;
  const json = new TextDecoder().decode(response.body);
  return {
    status: response.status,
    headers: response.headers.map(([name, value]) =>
      name === "Content-Type" ? [name, "application/javascript;charset=utf-8"] : [name, value],
    ),
    body: encodeUtf8(`${scrub(callback)}(${json});`),
  };
}
