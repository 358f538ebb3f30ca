import type { ClientConfig } from "../credentials.ts";
import type { Layer } from "../layer/layer.ts";
import { omitUndefined } from "../omit-undefined.ts";
import { readPath } from "./read-path.ts";

function readModifyAdmin({ fields, reporter }: Layer): boolean | undefined {
  const value = fields.modify_HS_ADMIN;
  const word = typeof value === "string" ? value.toLowerCase() : value;
  if (word === undefined || typeof word === "boolean") return word;
  if (word === "true") return true;
  if (word === "false") return false;
  throw reporter.fail('"modify_HS_ADMIN" must be true or false', "modify_HS_ADMIN");
}

/**
 * The keys that configure the client of a handle server.
 *
 * @throws HandleError `invalid_credentials` when one holds what it cannot mean
 */
export function readClientConfig(layer: Layer): ClientConfig {
  const { fields, reporter } = layer;
  const permissions = fields.HS_ADMIN_permissions;
  if (permissions !== undefined && !/^[01]{12}$/.test(permissions)) {
    throw reporter.fail(
      '"HS_ADMIN_permissions" is not twelve binary digits',
      "HS_ADMIN_permissions",
      "For example 011111110011: list handles first, add handle last.",
    );
  }
  return omitUndefined({
    restApiUrlExtension: readPath(layer, "REST_API_url_extension"),
    adminPermissions: permissions,
    modifyAdmin: readModifyAdmin(layer),
    locChooseBy: fields["10320LOC_chooseby"],
    allowedSearchKeys: fields.allowed_search_keys,
  });
}
