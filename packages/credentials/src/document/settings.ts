import { secret } from "@handlekit/core";
import type { ArdcCredentials, ClientConfig, CredentialDocument } from "../credentials.ts";
import type { Layer } from "../layer/layer.ts";
import { omitUndefined } from "../report.ts";
import { readPath } from "./server.ts";

function readModifyAdmin({ fields, reporter }: Layer): boolean | undefined {
  const word = fields.modify_HS_ADMIN?.toLowerCase();
  if (word === undefined) return undefined;
  if (word === "true") return true;
  if (word === "false") return false;
  throw reporter.fail('"modify_HS_ADMIN" must be true or false', "modify_HS_ADMIN");
}

/**
 * Returns the settings for the client of a handle server.
 *
 * @throws HandleError `invalid_credentials` when one has an invalid value
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

/** Returns whether the server's certificate is verified, or the CA file to verify it with. */
export function readHttpsVerify({ fields, source, reporter }: Layer): CredentialDocument["httpsVerify"] {
  const caFile = fields.HTTPS_verify;
  const word = caFile?.toLowerCase();
  if (caFile === undefined || word === "true") return true;
  if (word !== "false") return { caFile };
  reporter.warn(
    `TLS verification is OFF (HTTPS_verify is false in ${source}): anyone on the path can pose as the server and read the password. Give the server's certificate, or its CA's, as HTTPS_verify instead, or the fingerprint of its certificate as trust.`,
  );
  return false;
}

/** Returns ARDC's account, from the layer of the application and the layer of the owner; undefined without any field. */
export function readArdc(application: Layer, owner: Layer): ArdcCredentials | undefined {
  const { appId, sharedSecret } = application.fields;
  const { identifier, authDomain } = owner.fields;
  if ([appId, sharedSecret, identifier, authDomain].every((value) => value === undefined)) return undefined;
  return omitUndefined({
    appId,
    sharedSecret: sharedSecret === undefined ? undefined : secret(sharedSecret),
    identifier,
    authDomain,
  });
}
