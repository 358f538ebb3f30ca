import { build } from "../../tsup.base.ts";

export default build({ mod: "src/mod.ts", fetch: "src/fetch.ts", node: "src/node.ts" }, "node");
