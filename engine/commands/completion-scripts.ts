/** What a shell is given to complete the words of a command line: it asks `runbook complete` and offers the lines that come back. */

/** The shells that there is a script for. */
export const shells = ['bash', 'zsh', 'fish'] as const;

/** One of them. */
export type Shell = (typeof shells)[number];

// No typed word is evaluated again, and no answer is: a document may be named `$(reboot).md`. The libraries that were looked at do both in bash.
const bash = `# Completion of runbook for bash. In ~/.bashrc: eval "$(runbook completion bash)"
_runbook() {
  local line answer
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) compopt -o default 2>/dev/null ;;
      :nospace) compopt -o nospace 2>/dev/null ;;
      *) printf -v answer %q "\${line%%$'\\t'*}" && COMPREPLY+=("$answer") ;;
    esac
  done < <(command runbook complete bash -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _runbook runbook
`;

const zsh = `#compdef runbook
# Completion of runbook for zsh. In ~/.zshrc, after compinit: eval "$(runbook completion zsh)"
_runbook() {
  local line
  local -a values shown files space
  while IFS= read -r line; do
    case $line in
      :files) files=(yes) ;;
      :nospace) space=(-S '') ;;
      *) values+=("\${line%%$'\\t'*}"); shown+=("\${line/$'\\t'/  }") ;;
    esac
  done < <(command runbook complete zsh -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( \${#values} )) && compadd -l -d shown "\${space[@]}" -a values
  (( \${#files} )) && _files
  return 0
}
compdef _runbook runbook
`;

const fish = `# Completion of runbook for fish: runbook completion fish > ~/.config/fish/completions/runbook.fish
function __runbook_complete
  set -l before (commandline -opc)
  set -l now (commandline -ct)
  for line in (command runbook complete fish -- $before[2..-1] "$now" 2>/dev/null)
    switch $line
      case ':files'
        __fish_complete_path "$now"
      case ':nospace'
      case '*'
        printf '%s\\n' $line
    end
  end
end
complete -c runbook -f -a '(__runbook_complete)'
`;

/** The script of a shell, as `runbook completion` prints it. */
export const completionScripts: Readonly<Record<Shell, string>> = { bash, zsh, fish };
