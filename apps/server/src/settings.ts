import * as z from "zod";

const integer = (min: number, max: number) =>
  z
    .union([z.number(), z.string().regex(/^\d+$/).transform(Number)], {
      error: `it must be a number from ${min} to ${max}`,
    })
    .refine(
      (value) => Number.isInteger(value) && value >= min && value <= max,
      `it must be a number from ${min} to ${max}`,
    );
const port = integer(0, 65_535);
const milliseconds = integer(10, 24 * 60 * 60 * 1000);
const onOff = z.union(
  [z.boolean(), z.enum(["on", "off", "true", "false"]).transform((text) => text === "on" || text === "true")],
  { error: "it must be on or off" },
);
const ACCESS_LOG = "it must be on, off, or 1/N, such as 1/100";
const accessLog = z.union([onOff, z.string().regex(/^1\/[1-9]\d{0,5}$/, ACCESS_LOG)], { error: ACCESS_LOG });
const list = z.union([
  z.array(z.string()),
  z.string().transform((text) => text.split(/[\s,]+/).filter(Boolean)),
]);

/** All of TLS 1.3, and of TLS 1.2 those with an ephemeral key exchange and authenticated encryption. */
export const DEFAULT_TLS_CIPHERS: string = [
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "TLS_AES_128_GCM_SHA256",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
].join(":");

/**
 * The settings of `hdl-server serve`. The flags, the environment variables, the keys of `config.json` and the help text
 * are generated from this schema.
 */
export const settingsSchema = z.strictObject({
  host: z
    .string()
    // Node would listen on every interface.
    .min(1, "it is empty")
    .default("127.0.0.1")
    .describe("address to listen on"),
  httpsPort: port.default(8000).describe("port for HTTPS; 0 for any free port"),
  httpPort: port
    .optional()
    .describe("port for plain HTTP, where requests are never authenticated; may be the HTTPS port"),
  tlsCertificate: z
    .string()
    .default("server-certificate.pem")
    .describe("PEM certificate (chain) of the server"),
  tlsKey: z.string().default("server-key.pem").describe("PEM private key of the server"),
  store: z
    .string()
    .refine(
      (text) => !/^postgres(ql)?:\/\/([^/@]*:[^/]*@|.*[?&]password=)/.test(text),
      "it contains a password; use storePasswordFile or the environment variable PGPASSWORD",
    )
    .default("store.sqlite")
    .describe(
      "SQLite file with the records, or the address of a PostgreSQL database, postgres://user@host/name",
    ),
  storePasswordFile: z.string().optional().describe("file with the password of the database"),
  foreignWritesTtl: integer(0, 24 * 60 * 60 * 1000)
    .default(1000)
    .describe("time that a change of the database by another process may stay unseen, in milliseconds"),
  storeNotify: onOff
    .default(false)
    .describe("whether the processes of the server tell each other which records of the database changed"),
  workers: integer(1, 256)
    .default(1)
    .describe("number of processes that serve; more than one need a PostgreSQL database"),
  serverAdmins: list.default([]).describe("server administrators as index:handle, separated by commas"),
  serverAdminFullAccess: onOff
    .default(false)
    .describe("whether server administrators pass every check on every handle"),
  allowNaAdmins: onOff.default(true).describe("whether the HS_ADMIN values of prefix handles are used"),
  publicUrl: z
    .string()
    .optional()
    .describe(
      "URL of the server as clients see it, if it is not the host of their requests, as behind a proxy",
    ),
  basicInBrowsers: onOff
    .default(false)
    .describe(
      "whether browsers are asked for Basic; they keep the password and send it with requests of all pages",
    ),
  maxSessionSeconds: integer(1, 31_536_000)
    .default(43_200)
    .describe("time after which a login by session ends, however often it is used, in seconds"),
  hstsMaxAge: integer(0, 315_360_000)
    .optional()
    .describe("max-age of Strict-Transport-Security in seconds; without it the header is not sent"),
  clientCertificates: onOff
    .default(true)
    .describe("whether to ask for a client certificate in the TLS handshake"),
  maxBodyBytes: integer(1024, 1024 * 1024 * 1024)
    .default(1024 * 1024)
    .describe("maximum size of a request body, in bytes"),
  failedLoginsPerIdentity: integer(0, 1_000_000)
    .default(10)
    .describe("failed logins of one identity from one address that are not slowed down; 0 for any number"),
  failedLoginsPerAddress: integer(0, 1_000_000)
    .default(100)
    .describe("failed logins from one address before it has to wait; 0 for any number"),
  verificationsPerMinute: integer(0, 1_000_000_000)
    .default(600)
    .describe(
      "maximum number of requests to /api/verifications from one address in a minute; more are 429; 0 for any number",
    ),
  maxConnections: integer(1, 1_000_000).default(2048).describe("maximum number of connections"),
  maxConnectionsPerAddress: integer(1, 1_000_000)
    .default(256)
    .describe(
      "maximum number of connections from one IPv4 address or IPv6 /64 network; the addresses of ardcProxies have no such limit",
    ),
  handshakeTimeout: milliseconds
    .default(10_000)
    .describe("maximum time of a TLS handshake, in milliseconds; also until the first byte"),
  requestTimeout: milliseconds
    .default(20_000)
    .describe("maximum time until a request has arrived, in milliseconds; its headers have half of it"),
  idleTimeout: milliseconds
    .default(60_000)
    .describe("time after which an idle connection is closed, in milliseconds"),
  responseTimeout: milliseconds
    .default(120_000)
    .describe(
      "maximum time until a client has read the response to a request, in milliseconds; its connection is closed then",
    ),
  stopTimeout: milliseconds
    .default(10_000)
    .describe("time that SIGTERM and SIGINT leave to requests that are being handled, in milliseconds"),
  tlsCiphers: z
    .string()
    .default(DEFAULT_TLS_CIPHERS)
    .describe("cipher suites in the notation of OpenSSL; the default has forward secrecy and no CBC"),
  accessLog: accessLog
    .default(true)
    .describe(
      "whether to write one line to stderr for each request; 1/N: for each Nth; off: only for failed logins, refusals, failures and slow requests, which are always logged",
    ),
  logLevel: z
    .enum(["debug", "info", "warn", "error"], { error: "it must be debug, info, warn or error" })
    .default("info")
    .describe("the least important lines of the log that are written: debug, info, warn or error"),
  metricsPort: port
    .optional()
    .describe("port for /metrics and /health over plain HTTP; 0 for any free port; without it there is none"),
  metricsHost: z
    .string()
    .min(1, "it is empty")
    .default("127.0.0.1")
    .describe("address for metricsPort; whoever reaches it can read the metrics without a login"),
  auditDays: integer(0, 36_500)
    .default(0)
    .describe("days after which entries of the audit are removed; 0 keeps all"),
  searchUser: z
    .string()
    .regex(/^[^/:%\p{Cc}]+$/u, "it must be a name without a slash, a colon or a percent sign")
    .optional()
    .describe(
      "user name of a read-only account that may search under /hrls; identities with LIST_HANDLES need none",
    ),
  searchPasswordFile: z
    .string()
    .default("search-password")
    .describe("file with the password of searchUser; required with it"),
  searchPrefixes: list
    .default([])
    .describe("prefixes that searchUser may search, separated by commas; none for all that are homed"),
  ardcPrefix: z
    .string()
    .regex(/^[^/:\s]+$/, "it must be a prefix, such as 10378.1")
    .optional()
    .describe(
      "prefix of the handles that the ARDC M2M service under /pids mints; without it /pids is not served",
    ),
  ardcKey: z
    .string()
    .default("ardc.key")
    .describe("file with the key for the ARDC clients' secrets; created if it does not exist"),
  ardcProxies: list
    .default([])
    .describe(
      "addresses and ranges of proxies whose X-Forwarded-For is trusted for /pids, separated by commas",
    ),
  ardcAdminAddresses: list
    .default([])
    .describe("addresses and ranges that may call addClient and listClients, separated by commas"),
  ardcCompatible: onOff
    .default(false)
    .describe("whether every ARDC client may act as every identity, as in the original service"),
  ardcHonestStatus: onOff
    .default(false)
    .describe("whether failures of /pids have an HTTP status other than 200"),
  ardcAllowHttp: onOff
    .default(false)
    .describe("whether to serve /pids over plain HTTP too, where secrets can be intercepted"),
});

/** The settings with their defaults. Paths are relative to the data directory. */
export type Settings = z.output<typeof settingsSchema>;

/** The name of a setting. */
export type SettingName = keyof Settings;

/** A setting with its flag and environment variable. */
export interface SettingNames {
  readonly name: SettingName;
  /** `--https-port` */
  readonly flag: string;
  /** `HDL_SERVER_HTTPS_PORT` */
  readonly variable: string;
  readonly description: string;
  /** The default as text, for the help. */
  readonly defaultText: string;
}

/** Returns all settings with their flags and environment variables. */
export function settingNames(): SettingNames[] {
  const defaults: Readonly<Record<string, unknown>> = settingsSchema.parse({});
  return Object.entries(settingsSchema.shape).map(([name, schema]) => {
    const kebab = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const value = defaults[name];
    return {
      name: name as SettingName,
      flag: `--${kebab}`,
      variable: `HDL_SERVER_${kebab.replace(/-/g, "_").toUpperCase()}`,
      description: schema.description ?? "",
      defaultText: typeof value === "boolean" ? (value ? "on" : "off") : String(value ?? "") || "none",
    };
  });
}
