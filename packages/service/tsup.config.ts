import { build } from "../../tsup.base.ts";

export default build(
  { mod: "src/mod.ts", fetch: "src/adapters/fetch.ts", node: "src/adapters/node.ts" },
  "node",
);
