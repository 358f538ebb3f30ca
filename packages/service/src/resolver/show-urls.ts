import { encodeUtf8 } from "@handlekit/core";
import { createLocations, formatLocations } from "@handlekit/loc";
import type { ServiceResponse } from "../exchange-types.ts";
import type { Targets } from "./find-target.ts";

/** `action=showurls`: every URL that a record offers, as a list in XML. */
export function showUrls(targets: Targets | undefined): ServiceResponse {
  const children = (targets?.locations.entries ?? []).map(({ attributes }) => ({
    type: "element" as const,
    name: "location",
    attributes,
    children: [],
  }));
  const { element, entries } = createLocations();
  return {
    status: 200,
    headers: [
      ["Content-Type", "text/xml;charset=utf-8"],
      ["X-Content-Type-Options", "nosniff"],
      ["Vary", "Accept-Encoding, User-Agent"],
    ],
    body: encodeUtf8(formatLocations({ entries, element: { ...element, children } })),
  };
}
