import type { PublicKeyJwk, Site } from "@handlekit/core";

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "https:": 443, "http:": 80 };

/**
 * Returns the HS_SITE data of a server at these URLs, whose first one has its address. Over plain HTTP nothing can be
 * administered.
 *
 * @param publicKey the key of the server. Default none
 */
export function siteOf(urls: readonly string[], publicKey?: PublicKeyJwk): Site {
  const interfaces = urls.map((url) => {
    const { protocol, port } = new URL(url);
    return {
      query: true,
      admin: protocol === "https:",
      protocol: protocol === "https:" ? "HTTPS" : "HTTP",
      port: port === "" ? (DEFAULT_PORTS[protocol] ?? 0) : Number(port),
    } as const;
  });
  const address = new URL(urls[0] ?? "https://127.0.0.1").hostname.replace(/^\[|\]$/g, "");
  const key = publicKey && ({ format: "key", value: publicKey } as const);
  return {
    version: 1,
    protocolVersion: "2.11",
    serialNumber: 1,
    primarySite: true,
    multiPrimary: false,
    attributes: [{ name: "desc", value: "Handlekit handle server" }],
    servers: [{ serverId: 1, address, ...(key && { publicKey: key }), interfaces }],
  };
}
