import { printable } from "@handlekit/core";
import type { CommandModule } from "../command.ts";
import { examine, type Step } from "../doctor/examine.ts";
import { FAULTS } from "../doctor/finding.ts";
import { EXIT } from "../exit-codes.ts";
import type { Output } from "../output.ts";

function stepText({ step, finding }: Step, { style }: Output): string {
  const name = step.padEnd(14);
  if (finding.ok) return `${style.green("ok   ")}  ${name}  ${printable(finding.text)}`;
  const indent = " ".repeat(23);
  const hint = finding.hint === undefined ? "" : `\n${indent}${printable(finding.hint)}`;
  return `${style.red("fault")}  ${name}  ${printable(finding.message)}${hint}`;
}

/** The members of a step with --json. */
function stepMembers({ step, finding }: Step): object {
  if (finding.ok) return { step, ok: true, text: finding.text };
  const { kind, message, hint } = finding;
  return { step, ok: false, kind, exit: FAULTS[kind]?.[0], message, hint };
}

/** `hdl doctor`: finds what is wrong with the connection, the login and its rights. */
export const command: CommandModule = {
  define: (command) => command,
  examples: [
    ["hdl doctor", "checks the server and the login of the credentials, step by step"],
    ["hdl doctor --json", "for monitoring; the exit code says which kind of fault it is"],
  ],
  async run(call) {
    const { output } = call;
    const steps: Step[] = [];
    for await (const step of examine(call)) {
      steps.push(step);
      if (!output.json) output.result({}, stepText(step, output));
    }
    const faults = steps.filter(({ finding }) => !finding.ok);
    // The fault that ended the checks takes precedence over one that did not.
    const decisive = faults.find(({ finding }) => !finding.ok && !finding.goesOn) ?? faults[0];
    const fault = decisive === undefined ? null : stepMembers(decisive);
    if (output.json) output.result({ ok: fault === null, fault, steps: steps.map(stepMembers) }, "");
    if (decisive === undefined || decisive.finding.ok) return EXIT.ok;
    return FAULTS[decisive.finding.kind]?.[0] ?? EXIT.unexpected;
  },
};
