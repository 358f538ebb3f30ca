import { checkArgument, invalidOptions } from "@handlekit/core";
import { readJsonObject } from "../json/read-json-object.ts";
import { createReporter, type Reporter } from "../report.ts";
import { FOREIGN_NAMES, hideValues, readConfig } from "./config.ts";
import { FIELD_NAMES, type FieldName, type Fields, readFields, type TextField } from "./fields.ts";

/** One source of settings: a document, or the environment. */
export interface Layer {
  /** Its name in messages: `credentials.json`, or `environment`. */
  readonly source: string;
  readonly fields: Fields;
  /** Its other keys. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly reporter: Reporter;
}

/** One or more layers; an earlier one takes precedence over a later one. */
export type Layers = readonly [Layer, ...Layer[]];

/** Fields that are taken from one layer together, so that parts of different logins are never combined. */
export type Group = readonly [FieldName, ...FieldName[]];

/** Returns the first layer that has any field of a group, else the first layer. */
export function layerOf(layers: Layers, group: Group): Layer {
  return layers.find(({ fields }) => group.some((name) => fields[name] !== undefined)) ?? layers[0];
}

/**
 * Reads the JSON text of a document as a layer.
 *
 * @param source the name of the text in messages
 * @throws HandleError `invalid_credentials` for broken JSON, or a value of the wrong kind
 */
export function readLayer(text: string, source: string): Layer {
  const { entries, warnings } = readJsonObject(text, source, [...FIELD_NAMES, ...FOREIGN_NAMES]);
  const reporter = createReporter(source, { places: entries }, warnings);
  const fields = readFields(entries, source);
  return { source, fields, reporter, config: readConfig(entries, reporter) };
}

/** The name of the environment in messages. */
const ENVIRONMENT = "environment";

const VARIABLES: { readonly [Name in TextField | "trust"]?: string } = {
  handle_server_url: "HDL_SERVER",
  username: "HDL_USERNAME",
  password: "HDL_PASSWORD",
  private_key: "HDL_PRIVATE_KEY",
  certificate_only: "HDL_CERTIFICATE",
  certificate_and_key: "HDL_CERTIFICATE",
  trust: "HDL_TRUST",
  appId: "ARDC_APP_ID",
  sharedSecret: "ARDC_SHARED_SECRET",
  identifier: "ARDC_IDENTIFIER",
  authDomain: "ARDC_AUTH_DOMAIN",
};

/**
 * Reads environment variables as a layer. `HDL_CERTIFICATE` is one file with both certificate and key unless
 * `HDL_PRIVATE_KEY` is set.
 *
 * @param caller the public function, for the error
 * @throws HandleError `invalid_options` when a variable is not a string
 */
export function environmentLayer(
  caller: string,
  environment: Readonly<Record<string, string | undefined>>,
): Layer {
  if (typeof environment.get === "function") {
    throw invalidOptions(
      `${caller}: the environment must be an object with the variables as its members.`,
      "Give process.env, or in Deno Deno.env.toObject().",
    );
  }
  const unused = environment.HDL_PRIVATE_KEY ? "certificate_and_key" : "certificate_only";
  const fields: Partial<Record<string, string | undefined>> = {};
  for (const [field, variable] of Object.entries(VARIABLES)) {
    const value = environment[variable];
    checkArgument(caller, `the variable ${variable}`, value, ["string", "undefined"]);
    if (field !== unused) fields[field] = value || undefined;
  }
  const reporter = createReporter(ENVIRONMENT, { variables: VARIABLES });
  return { source: ENVIRONMENT, fields, config: hideValues({}), reporter };
}
