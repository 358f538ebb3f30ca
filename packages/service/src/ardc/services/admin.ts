import { encodeUtf8 } from "@handlekit/core";
import type { ParsedRequest } from "../../http/parsed-request.ts";
import { callerAddress, isByPage, isWithin, parseAddress } from "../access/addresses.ts";
import { type ArdcAnswer, fail, isFailure, refuseLogin } from "../answer.ts";
import type { ArdcContext } from "../context.ts";
import { isBlank, readParameters } from "../parameters.ts";

const NO_ADMIN = "The address may not administer clients, or the request is of a web page";

/** Returns true if a request comes from an address that may administer clients, and not from a web page. */
function mayAdminister(context: ArdcContext, request: ParsedRequest): boolean {
  if (isByPage(request)) return false;
  const address = callerAddress(request, context.proxies);
  return address !== undefined && isWithin(address, context.adminAddresses);
}

async function isRegistered(
  context: ArdcContext,
  address: string | undefined,
  secret: Uint8Array | undefined,
): Promise<boolean> {
  const clients = await context.clients.list();
  for (const { appId, entries } of clients) {
    if (address !== undefined && entries.some(({ addresses }) => addresses.includes(address))) return true;
    if (secret !== undefined && (await context.clients.recognise({ appId, secret })) === "secret")
      return true;
  }
  return false;
}

/**
 * addClient: registers an address or a secret, under a new or an existing App Id. The secret is in the URL of the
 * request, which proxies may log: `hdl-server clients add` is safer.
 */
export async function addClient(context: ArdcContext, request: ParsedRequest): Promise<ArdcAnswer> {
  if (!mayAdminister(context, request)) return refuseLogin(NO_ADMIN);
  const parameters = readParameters(request.query, ["ip", "sharedSecret", "desc", "appId"]);
  if (isFailure(parameters)) return parameters;
  const { ip, sharedSecret, desc, appId } = parameters;
  if (ip === undefined && sharedSecret === undefined) {
    return fail("Parameter 'ip' or parameter 'sharedSecret' must be provided");
  }
  const address = isBlank(ip ?? "") ? undefined : ip;
  const secret = isBlank(sharedSecret ?? "") ? undefined : encodeUtf8(sharedSecret ?? "");
  if (address === undefined && secret === undefined) {
    return fail("IP address and sharedSecret must not both contain empty values and must be provided");
  }
  if (address !== undefined && parseAddress(address) === undefined) {
    return fail("IP address must not contain empty values");
  }
  if (desc === undefined) return fail("Parameter 'desc' must be provided");
  if (isBlank(desc)) return fail("Parameter 'desc' must not contain empty values");
  if (await isRegistered(context, address, secret)) {
    return fail("The ip address or shared secret provided is already registered");
  }
  if (appId !== undefined && isBlank(appId)) return fail("Parameter 'appId' must not contain empty values");

  const addresses = address === undefined ? [] : [address];
  const added = await context.clients.add({ appId, description: desc, addresses, secret });
  return {
    text: "Successfully created trusted client",
    content: {
      properties: new Map([
        ["ip", address ?? ""],
        ["appId", added],
      ]),
    },
  };
}

/** listClients: lists every registration, once for each of its addresses, without secrets. */
export async function listClients(context: ArdcContext, request: ParsedRequest): Promise<ArdcAnswer> {
  if (!mayAdminister(context, request)) return refuseLogin(NO_ADMIN);
  const clients = await context.clients.list();
  const trustedClients = clients.flatMap(({ appId, entries }) =>
    entries.flatMap(({ description, addresses }) =>
      (addresses.length === 0 ? [""] : addresses).map((ip) => ({ appId, desc: description, ip })),
    ),
  );
  return { text: "Successfully fetched all trusted clients", content: { trustedClients } };
}
