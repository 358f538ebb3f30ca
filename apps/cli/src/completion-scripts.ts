/** The scripts that tell a shell to ask `hdl` itself. Where it has no answer, files are completed. */
export const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `# hdl completion for bash: eval "$(hdl completion bash)" in ~/.bashrc
_hdl() {
  local word="\${COMP_WORDS[COMP_CWORD]}" line
  COMPREPLY=()
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(hdl __complete "\${COMP_WORDS[@]:1:COMP_CWORD-1}" "$word" 2>/dev/null)
  [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= ]] && compopt -o nospace
}
complete -o default -F _hdl hdl
`,
  zsh: `#compdef hdl
# hdl completion for zsh: eval "$(hdl completion zsh)" in ~/.zshrc, after compinit
_hdl() {
  local -a found
  found=("\${(@f)$(hdl __complete "\${(@)words[2,CURRENT-1]}" "\${words[CURRENT]}" 2>/dev/null)}")
  if [[ -z "\${found[*]}" ]]; then _files; else compadd -S '' -q -- "\${found[@]}"; fi
}
compdef _hdl hdl
`,
  fish: `# hdl completion for fish: hdl completion fish > ~/.config/fish/completions/hdl.fish
complete -c hdl -a '(hdl __complete (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
`,
};
