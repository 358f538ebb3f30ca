import { build } from "../../tsup.base.ts";

// Bundlers for Node take jsonc-parser's UMD form, which does not survive them.
export default build({ mod: "src/mod.ts", file: "src/file.ts" }, "neutral", ["jsonc-parser"]);
