import { build } from "../../tsup.base.ts";

export default build({ main: "src/main.ts" }, "node");
