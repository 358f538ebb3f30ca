import { buildBundledApp } from "../../tsup.bundled.ts";

export default buildBundledApp(
  { main: "src/main.ts" },
  {
    first: ["src/run.ts", "src/commands/get.ts", "../../packages/transport/src/engine/node-single.ts"],
    // createAuth, of which only logins to handle servers without a session are used.
    unused: {
      "../../packages/auth/src/ardc.ts": ["createArdcAuth"],
      "../../packages/auth/src/session/session-auth.ts": ["createSessionAuth"],
      "../../packages/auth/src/session/private-key-signer.ts": ["createPrivateKeySigner"],
      "../../packages/auth/src/session/secret-key-signer.ts": ["createSecretKeySigner"],
    },
    outside: ["undici", "read", "csv-parse", "@handlekit/ardc", "@handlekit/auth/ardc", "@handlekit/keys"],
    inside: ["commander", "zod", "jsonc-parser"],
  },
);
