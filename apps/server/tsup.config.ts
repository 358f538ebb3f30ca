import { buildApp } from "../../tsup.base.ts";

export default buildApp({ main: "src/main.ts", conformance: "src/conformance.ts" });
