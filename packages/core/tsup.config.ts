import { build } from "../../tsup.base.ts";

export default build({
  mod: "src/mod.ts",
  store: "src/store/mod.ts",
  batch: "src/batch/mod.ts",
  journal: "src/journal.ts",
  "journal-file": "src/journal-file.ts",
  export: "src/export/mod.ts",
  "web-request": "src/web-request.ts",
});
