import { build } from "../../tsup.base.ts";

export default build({
  mod: "src/mod.ts",
  basic: "src/basic.ts",
  "client-certificate": "src/client-certificate.ts",
  session: "src/session/mod.ts",
  ardc: "src/ardc.ts",
  wire: "src/wire/mod.ts",
});
