import { BlockList, isIPv4 } from "node:net";
import { invalidOptions, parseIpAddress, parseUrl, quoteForMessage } from "@handlekit/core";

/** This machine itself, every address of it, and networks that the Internet does not route to. */
function createUnreachable(): BlockList {
  const list = new BlockList();
  const ipv4: [string, number][] = [
    ["0.0.0.0", 8],
    ["10.0.0.0", 8],
    ["127.0.0.0", 8],
    ["169.254.0.0", 16],
    ["172.16.0.0", 12],
    ["192.168.0.0", 16],
  ];
  const ipv6: [string, number][] = [
    ["::", 127],
    ["fc00::", 7],
    ["fe80::", 10],
  ];
  for (const [network, bits] of ipv4) list.addSubnet(network, bits, "ipv4");
  for (const [network, bits] of ipv6) list.addSubnet(network, bits, "ipv6");
  return list;
}

const hostOf = (url: string) => parseUrl(url)?.hostname.replace(/^\[|\]$/g, "");

/**
 * Returns the IP address that others use for the server: the one given, or else the host of its public URL.
 *
 * @param force accepts an address that only this machine or network can reach
 * @throws HandleError `invalid_options` if there is none, or it is not an IP address that others can reach
 */
export function reachableAddress(
  given: string | undefined,
  publicUrl: string | undefined,
  force: boolean,
): string {
  const address = given ?? (publicUrl === undefined ? undefined : hostOf(publicUrl));
  const hint = "Give --address with the IP address that others use for this server.";
  if (address === undefined) {
    throw invalidOptions("The address of the server is not known: the setting publicUrl is missing.", hint);
  }
  if (parseIpAddress(address) === undefined) {
    throw invalidOptions(
      `${quoteForMessage(address)} is not an IP address, and an HS_SITE value has no host names.`,
      hint,
    );
  }
  if (!force && createUnreachable().check(address, isIPv4(address) ? "ipv4" : "ipv6")) {
    throw invalidOptions(
      `Only this machine or its network can reach ${address}.`,
      `${hint} --force accepts it as it is.`,
    );
  }
  return address;
}
