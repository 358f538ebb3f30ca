import { buildApp } from "../../tsup.base.ts";

// zod is a hundred files, to find which takes longer than the rest of a command's start.
export default buildApp({ main: "src/main.ts", conformance: "src/conformance.ts" }, ["zod"]);
