// A login in axios: axios takes a fetch, and createFetch() makes one that carries the strategy, its client certificate
// and the CA. Here with the client certificate.
import { createAuth } from "@handlekit/auth";
import { createFetch } from "@handlekit/transport";
import axios from "axios";
import { newHandle, VALUES, withSite } from "./lib/site.mjs";

await withSite(async ({ server, ca, certificate }) => {
  const strategy = createAuth(await certificate());
  const send = createFetch({ strategy, ca });
  const api = axios.create({ adapter: "fetch", env: { fetch: send } });
  const url = `${server}/api/handles/${newHandle("axios")}`;

  console.log(`created by axios: ${(await api.put(url, { values: VALUES })).status}`);
  console.log(`deleted by axios: ${(await api.delete(url)).data.responseCode}`);
  await send.close();
});
