import { build } from "../../tsup.base.ts";

export default build({ mod: "src/mod.ts" }, "node");
