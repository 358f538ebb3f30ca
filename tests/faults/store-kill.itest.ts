// hdl-server is killed again and again while clients create, change and delete: every write that was answered is there,
// none is half there, the audit has exactly these writes in a whole chain, and the server starts again at once.
// HANDLEKIT_LONG=1 kills it 200 times instead of 5.
import { createClient } from "@handlekit/client";
import { loadCredentials } from "@handlekit/credentials/file";
import { afterAll, beforeAll, it } from "vitest";
import { openDirectoryStore } from "../../apps/server/src/control/open-store.ts";
import { serve } from "../support/hdl.ts";
import { createSite, type Site } from "../support/site.ts";
import { describeCounts, survive } from "./killed-writes.ts";

const LONG = process.env.HANDLEKIT_LONG === "1";
const KILLS = LONG ? 200 : 5;

let site: Site;

beforeAll(async () => {
  site = await createSite("--access-log", "off");
});
afterAll(() => site?.remove());

it(
  `keeps every write that it answered, through ${KILLS} kills`,
  async () => {
    const credentials = await loadCredentials(site.credentials.password);
    // Through the running server.
    const served = await openDirectoryStore(site.directory, "store.sqlite");
    if (served.store.audit === undefined) throw new Error("the store keeps no audit");
    const counts = await survive({
      kills: KILLS,
      audit: served.store.audit,
      createClient: (retry) =>
        createClient(credentials, retry ? {} : { transport: { retries: { limit: 0 } } }),
      kill: () => site.server.stop("SIGKILL"),
      async revive() {
        site.server = await serve(site.directory, "--access-log", "off");
      },
    });
    if (LONG) console.log(describeCounts(`${KILLS} kills`, counts));
  },
  KILLS * 20_000,
);
