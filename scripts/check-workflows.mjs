// Checks the workflows of GitHub Actions without GitHub: YAML, members, expressions, and the scripts that they run.
// node scripts/check-workflows.mjs [ROOT]
import { resolve } from "node:path";
import { checkWorkflows } from "./lib/workflows.mjs";
import { REPOSITORY, report } from "./lib/workspaces.mjs";

const { files, problems } = checkWorkflows(resolve(process.argv[2] ?? REPOSITORY));
report(problems, `${files} workflows are correct, as far as that can be seen here.`);
