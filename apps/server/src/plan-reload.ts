import type { SettingName, Settings } from "./settings.ts";

/** The settings for which a reload creates the service anew; it begins to count failed logins again. */
const OF_SERVICE: ReadonlySet<SettingName> = new Set([
  "serverAdmins",
  "serverAdminFullAccess",
  "allowNaAdmins",
  "publicUrl",
  "basicInBrowsers",
  "maxSessionSeconds",
  "hstsMaxAge",
  "failedLoginsPerIdentity",
  "failedLoginsPerAddress",
  "verificationsPerMinute",
  "searchUser",
  "searchPasswordFile",
  "searchPrefixes",
  "ardcProxies",
  "ardcAdminAddresses",
  "ardcCompatible",
  "ardcHonestStatus",
  "ardcAllowHttp",
]);

/** The settings of the listeners that a reload changes. */
const OF_LISTENERS: ReadonlySet<SettingName> = new Set([
  "tlsCertificate",
  "tlsKey",
  "tlsCiphers",
  "maxConnections",
  "maxConnectionsPerAddress",
  "ardcProxies",
  "requestTimeout",
  "idleTimeout",
  "responseTimeout",
  "stopTimeout",
  "accessLog",
]);

/** The settings that a running server takes on without a restart. */
export const RELOADABLE: ReadonlySet<SettingName> = new Set([...OF_SERVICE, ...OF_LISTENERS]);

/** The consequences of a reload. */
export interface ReloadPlan {
  /** The settings to run with: those that need a restart are as before. */
  readonly settings: Settings;
  /** The settings that change. */
  readonly changed: readonly SettingName[];
  /** The settings that would change, but need a restart. */
  readonly needRestart: readonly SettingName[];
  /** Whether a setting changes that the service has. */
  readonly changesService: boolean;
}

/** Compares the settings of a running server with those that it is to have. */
export function planReload(running: Settings, wanted: Settings): ReloadPlan {
  const names = Object.keys({ ...running, ...wanted }) as SettingName[];
  const differing = names.filter((name) => JSON.stringify(running[name]) !== JSON.stringify(wanted[name]));
  const changed = differing.filter((name) => RELOADABLE.has(name));
  const taken = Object.fromEntries(changed.map((name) => [name, wanted[name]]));
  return {
    settings: { ...running, ...taken },
    changed,
    needRestart: differing.filter((name) => !RELOADABLE.has(name)),
    changesService: changed.some((name) => OF_SERVICE.has(name)),
  };
}
