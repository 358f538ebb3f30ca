// Fails on imports between packages that scripts/lib/arrow-rules.mjs does not allow, and on import cycles between the
// source files of a package.
// node scripts/check-arrows.mjs [ROOT]
import { resolve } from "node:path";
import { checkArrows } from "./lib/arrows.mjs";
import { REPOSITORY, report } from "./lib/workspaces.mjs";

const { files, problems } = checkArrows(resolve(process.argv[2] ?? REPOSITORY));
report(problems, `${files} files: every import is an arrow of the table.`);
