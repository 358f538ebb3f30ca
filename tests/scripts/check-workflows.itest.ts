import { chmodSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createTree, type Files, runScript } from "./support.ts";

const WORKFLOW = `name: CI
on: [push]
jobs:
  all:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        include:
          - { runtime: node, version: "20" }
    steps:
      - uses: actions/checkout@v4
      - if: matrix.runtime == 'node'
        run: |
          npm ci
          npm run build
          node tests/smoke.mjs \${{ matrix.version }}
      - run: .ci/run
  after:
    needs: all
    runs-on: ubuntu-latest
    steps:
      - run: echo done \${{ github.ref }}
        timeout-minutes: 5
`;

const check = (workflow: string, more: Files = {}) => {
  const root = createTree({
    "package.json": { scripts: { build: "true" } },
    "tests/smoke.mjs": "",
    ".ci/run": "#!/bin/sh",
    ".github/workflows/ci.yml": workflow,
    ...more,
  });
  chmodSync(join(root, ".ci/run"), 0o755);
  return runScript("check-workflows.mjs", root);
};

test("a workflow whose scripts exist passes", async () => {
  const { code, output } = await check(WORKFLOW);
  expect(output).toBe("1 workflows are correct, as far as that can be seen here.\n");
  expect(code).toBe(0);
});

test.each([
  ["YAML that cannot be parsed", "name: CI", "name: [CI", "ci.yml: "],
  ["a key that is there twice", "on: [push]", "on: [push]\non: [push]", "Map keys must be unique"],
  ["an unknown member of the workflow", "on: [push]", "on: [push]\nenvs: {}", "GitHub knows no envs here."],
  ["a workflow that nothing starts", "on: [push]\n", "", '"on" is missing.'],
  ["an unknown member of a job", "needs: all", "need: all", "after: GitHub knows no need here."],
  ["a job that is not there", "needs: all", "needs: al", "after: needs al, which is no job."],
  [
    "a job without a machine",
    "    runs-on: ubuntu-latest\n    strategy",
    "    strategy",
    "all: has no runs-on.",
  ],
  [
    "an unknown member of a step",
    "timeout-minutes",
    "timeout",
    "after, step 1: GitHub knows no timeout here.",
  ],
  ["a step that does nothing", "- run: .ci/run", "- name: nothing", "all, step 3: needs either uses or run."],
  ["an action without a version", "checkout@v4", "checkout", "which is not owner/name@version."],
  ["a script that is not there", "npm run build", "npm run built", "package.json has no script built."],
  ["a file that is not there", "tests/smoke.mjs", "tests/smok.mjs", "there is no file tests/smok.mjs."],
  ["a program that is not there", "- run: .ci/run", "- run: .ci/runs", ".ci/runs is not an executable file."],
  ["a program that is unknown", "npm ci", "make all", "does not know make."],
  ["a name that is not in the matrix", "matrix.version", "matrix.versions", "the matrix has no versions."],
  ["a condition on it", "matrix.runtime ==", "matrix.run ==", "matrix.run: the matrix has no run."],
  ["an unknown context", "github.ref", "git.ref", "git.ref: GitHub has no context git."],
])("%s is found", async (_, from, to, message) => {
  const { code, output } = await check(WORKFLOW.replace(from, to));
  expect(output).toContain(message);
  expect(output).toMatch(/\n1 problem\.\n$/);
  expect(code).toBe(1);
});
