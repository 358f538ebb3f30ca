import { createReporter } from "../problem.ts";
import type { Layer } from "./layer.ts";
import { hideValues } from "./read-config.ts";
import type { TextField } from "./read-fields.ts";

/** What messages call the environment. */
const ENVIRONMENT = "environment";

const VARIABLES: { readonly [Name in TextField]?: string } = {
  handle_server_url: "HDL_SERVER",
  username: "HDL_USERNAME",
  password: "HDL_PASSWORD",
  private_key: "HDL_PRIVATE_KEY",
  certificate_only: "HDL_CERTIFICATE",
  certificate_and_key: "HDL_CERTIFICATE",
  appId: "ARDC_APP_ID",
  sharedSecret: "ARDC_SHARED_SECRET",
  identifier: "ARDC_IDENTIFIER",
  authDomain: "ARDC_AUTH_DOMAIN",
};

/** Environment variables as a layer. `HDL_CERTIFICATE` stands for one file with both unless `HDL_PRIVATE_KEY` is set. */
export function environmentLayer(environment: Readonly<Record<string, string | undefined>>): Layer {
  const elsewhere = environment.HDL_PRIVATE_KEY ? "certificate_and_key" : "certificate_only";
  const fields = Object.fromEntries(
    Object.entries(VARIABLES)
      .filter(([field]) => field !== elsewhere)
      .map(([field, variable]) => [field, environment[variable] || undefined]),
  );
  const reporter = createReporter(ENVIRONMENT, { variables: VARIABLES });
  return { source: ENVIRONMENT, fields, config: hideValues({}), reporter };
}
