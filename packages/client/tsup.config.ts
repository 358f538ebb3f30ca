import { build } from "../../tsup.base.ts";

export default build({ mod: "src/mod.ts", b2handle: "src/b2handle/mod.ts" });
