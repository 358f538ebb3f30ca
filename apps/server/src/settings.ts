import * as z from "zod";

const whole = (least: number, most: number) =>
  z
    .union([z.number(), z.string().regex(/^\d+$/).transform(Number)], {
      error: `it must be a number from ${least} to ${most}`,
    })
    .refine(
      (value) => Number.isInteger(value) && value >= least && value <= most,
      `it must be a number from ${least} to ${most}`,
    );
const port = whole(0, 65_535);
const onOff = z.union(
  [z.boolean(), z.enum(["on", "off", "true", "false"]).transform((text) => text === "on" || text === "true")],
  { error: "it must be on or off" },
);
const list = z.union([
  z.array(z.string()),
  z.string().transform((text) => text.split(/[\s,]+/).filter(Boolean)),
]);

/**
 * Every setting of `hdl-server serve`: the flags, the environment variables and the keys of `config.json` are made
 * from this one schema, and so are the help text and the table of the README.
 */
export const settingsSchema = z.strictObject({
  host: z.string().default("127.0.0.1").describe("address to listen on"),
  httpsPort: port.default(8000).describe("port for HTTPS; 0 takes a free one"),
  httpPort: port
    .optional()
    .describe("port for plain HTTP, where nobody is authenticated; may be the HTTPS port"),
  tlsCertificate: z
    .string()
    .default("server-certificate.pem")
    .describe("PEM certificate (chain) of the server"),
  tlsKey: z.string().default("server-key.pem").describe("its PEM private key"),
  store: z.string().default("store.sqlite").describe("SQLite file that holds the records"),
  serverAdmins: list.default([]).describe("index:handle of who administers the server, separated by commas"),
  serverAdminFullAccess: onOff
    .default(false)
    .describe("server administrators pass every check on every handle"),
  allowNaAdmins: onOff.default(true).describe("the HS_ADMIN values of prefix handles count"),
  clientCertificates: onOff.default(true).describe("ask for a client certificate in the TLS handshake"),
  maxBodyBytes: whole(1024, 1024 * 1024 * 1024)
    .default(1024 * 1024)
    .describe("largest request body, in bytes"),
  accessLog: onOff.default(true).describe("write one line to stderr for each request"),
  ardcPrefix: z
    .string()
    .regex(/^[^/:\s]+$/, "it must be a prefix, such as 10378.1")
    .optional()
    .describe("serve the ARDC M2M service under /pids, which mints handles of this prefix"),
  ardcKey: z
    .string()
    .default("ardc.key")
    .describe("file of the key under which the ARDC clients' secrets are kept, made when there is none"),
  ardcProxies: list
    .default([])
    .describe("addresses and ranges of proxies whose X-Forwarded-For counts for /pids, separated by commas"),
  ardcAdminAddresses: list
    .default([])
    .describe("addresses and ranges that may call addClient and listClients, separated by commas"),
  ardcCompatible: onOff
    .default(false)
    .describe("let every ARDC client act as every identity, as the original service does"),
  ardcHonestStatus: onOff
    .default(false)
    .describe("answer failures of /pids with an HTTP status other than 200"),
  ardcAllowHttp: onOff
    .default(false)
    .describe("serve /pids over plain HTTP too, where secrets can be read on the way"),
});

/** The settings with every default filled in; paths are relative to the data directory. */
export type Settings = z.output<typeof settingsSchema>;

/** The name of a setting. */
export type SettingName = keyof Settings;

/** One setting as flag, environment variable and key. */
export interface SettingNames {
  readonly name: SettingName;
  /** `--https-port` */
  readonly flag: string;
  /** `HDL_SERVER_HTTPS_PORT` */
  readonly variable: string;
  readonly description: string;
  /** As text, for the help. */
  readonly preset: string;
}

/** All settings with the names they have in each place. */
export function settingNames(): SettingNames[] {
  const presets: Readonly<Record<string, unknown>> = settingsSchema.parse({});
  return Object.entries(settingsSchema.shape).map(([name, schema]) => {
    const kebab = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const preset = presets[name];
    return {
      name: name as SettingName,
      flag: `--${kebab}`,
      variable: `HDL_SERVER_${kebab.replace(/-/g, "_").toUpperCase()}`,
      description: schema.description ?? "",
      preset: typeof preset === "boolean" ? (preset ? "on" : "off") : String(preset ?? "") || "none",
    };
  });
}
