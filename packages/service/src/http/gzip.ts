import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { ServiceRequest, ServiceResponse } from "../exchange-types.ts";

const WORTH_IT = 1024;
const compress = promisify(gzip);

/** Compresses a larger body for a client that asks for it. */
export async function withGzip(request: ServiceRequest, response: ServiceResponse): Promise<ServiceResponse> {
  const accepted = request.headers["accept-encoding"];
  if (accepted === undefined || response.body.length < WORTH_IT || response.status !== 200) return response;
  const wanted = accepted
    .split(",")
    .some((coding) => /^\s*(gzip|\*)\s*(;\s*q=(0?\.[0-9]*[1-9]|1(\.0*)?))?\s*$/i.test(coding));
  if (!wanted) return response;
  return {
    ...response,
    headers: [...response.headers, ["Content-Encoding", "gzip"]],
    body: await compress(response.body),
  };
}
