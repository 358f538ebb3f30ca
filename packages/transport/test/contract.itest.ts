import { describeTransport, type TransportSubject } from "@handlekit/testing";
import { createTransport, type FetchLike } from "@handlekit/transport";
import { Agent, fetch as undiciFetch } from "undici";
import { describe, expect, it } from "vitest";
import { createAuthority } from "./certificates.ts";

const authority = await createAuthority("CA of the tests");
const server = await authority.issue({ subject: "server", hosts: ["127.0.0.1"] });
const tls: TransportSubject["tls"] = { ...server, ca: authority.certificate };

describeTransport("the engine of this platform", { createTransport, tls }, { describe, it, expect });

describeTransport(
  "a connection for each request",
  { createTransport: (options) => createTransport({ ...options, keepAlive: false }), tls },
  { describe, it, expect },
);

describeTransport(
  "a custom fetch",
  {
    tls,
    trusts: false,
    createTransport({ ca, trust }) {
      const dispatcher = new Agent({ connect: ca === undefined ? {} : { ca } });
      const fetch: FetchLike = (url, init) => undiciFetch(url, { ...init, dispatcher });
      const transport = createTransport({ fetch, trust });
      return {
        send: transport.send,
        async close() {
          await transport.close();
          await dispatcher.destroy();
        },
      };
    },
  },
  { describe, it, expect },
);
