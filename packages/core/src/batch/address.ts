import { parseAddress } from "../value/ip-address.ts";

/** True for an IPv4 or IPv6 address; a name is none, and GenericBatch takes none. */
export function isAddress(text: string): boolean {
  try {
    parseAddress(text);
    return true;
  } catch {
    return false;
  }
}
