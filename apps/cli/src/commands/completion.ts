import { Argument } from "commander";
import type { CommandModule } from "../command.ts";
import { SCRIPTS } from "../completion-scripts.ts";

/** `hdl completion SHELL`: prints the script for a shell. */
export const command: CommandModule<object, [shell: string]> = {
  define: (command) => command.addArgument(new Argument("<shell>").choices(Object.keys(SCRIPTS))),
  examples: [
    ['eval "$(hdl completion bash)"', "in ~/.bashrc"],
    ['eval "$(hdl completion zsh)"', "in ~/.zshrc, after compinit"],
    ["hdl completion fish > ~/.config/fish/completions/hdl.fish", "once"],
  ],
  async run(call) {
    const [shell] = call.args;
    const script = SCRIPTS[shell] ?? "";
    call.output.result({ script }, script);
    return undefined;
  },
};
