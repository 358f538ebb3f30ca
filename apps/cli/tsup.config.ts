import { buildBundledApp } from "../../tsup.base.ts";

export default buildBundledApp({ main: "src/main.ts" }, "run", {
  outside: ["undici", "read", "csv-parse", "@handlekit/ardc", "@handlekit/auth/ardc", "@handlekit/keys"],
  inside: ["commander", "zod", "jsonc-parser"],
});
