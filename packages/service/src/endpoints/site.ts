import { RESPONSE_CODES, type Site } from "@handlekit/core";
import { answer } from "../http/answer.ts";
import type { ServerKey } from "../identify/keys.ts";
import type { Endpoint } from "./context.ts";

/** The site of a server without the option `site`. */
export const NO_SITE: Site = {
  version: 1,
  protocolVersion: "2.11",
  serialNumber: 1,
  primarySite: true,
  multiPrimary: false,
  attributes: [],
  servers: [],
};

/** Adds the public key of this server to the servers of a site. */
export function withPublicKey(site: Site, key: ServerKey | undefined): Site {
  if (key === undefined) return site;
  const publicKey = { format: "key" as const, value: key.publicKey };
  const servers = site.servers.map(({ serverId, address, interfaces }) => ({
    serverId,
    address,
    publicKey,
    interfaces,
  }));
  return { ...site, servers };
}

/** /api/site: shows the HS_SITE data of this server to everybody. */
export const siteEndpoint: Endpoint = async (context) =>
  answer({ responseCode: RESPONSE_CODES.success, site: context.site() });
