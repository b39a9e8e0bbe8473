/**
 * What a shell reads once, so that it asks `pikoci complete` from then on. The answer has a line for each candidate, its value and what it is
 * about behind a tab, and a last line `:files` where names of files fit too, else `:`.
 */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

const BASH = `# pikoci completion for bash: source <(pikoci completion bash)
_pikoci() {
  local cur words=() line values=() files=
  # A word of the shell's ends at = and at :, one of ours does not.
  local upto="\${COMP_LINE:0:COMP_POINT}"
  read -r -a words <<< "$upto"
  [[ "$upto" == *[[:space:]] ]] && words+=("")
  cur="\${words[-1]}"
  while IFS= read -r line; do
    case "$line" in
      :files) files=1 ;;
      :) ;;
      *) values+=("\${line%%$'\\t'*}") ;;
    esac
  done < <("\${words[0]}" complete -- "\${words[@]:1}" 2>/dev/null)
  # What the shell takes for the front of the word is not said again.
  local front="" shell_cur="\${COMP_WORDS[COMP_CWORD]}"
  [[ "$shell_cur" == "=" || "$shell_cur" == ":" ]] && shell_cur=""
  front="\${cur%"$shell_cur"}"
  COMPREPLY=()
  local value
  for value in "\${values[@]}"; do COMPREPLY+=("\${value#"$front"}"); done
  if [[ -n "$files" ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r value; do COMPREPLY+=("$value"); done < <(compgen -f -- "$shell_cur")
  elif [[ \${#COMPREPLY[@]} -eq 1 && "\${COMPREPLY[0]}" == *= ]]; then
    compopt -o nospace 2>/dev/null
  fi
}
complete -F _pikoci pikoci ./pikoci
`;

const ZSH = `#compdef pikoci
# pikoci completion for zsh: source <(pikoci completion zsh), behind compinit
_pikoci() {
  local -a values
  local line files
  while IFS= read -r line; do
    case "$line" in
      :files) files=1 ;;
      :) ;;
      *) local value="\${line%%$'\\t'*}" about="\${line#*$'\\t'}"
         values+=("\${value//:/\\\\:}:$about") ;;
    esac
  done < <("\${words[1]}" complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( \${#values} )) && _describe -t values 'pikoci' values
  if [[ -n "$files" ]]; then
    compset -P '--*='
    _files
  fi
  return 0
}
if [ "$funcstack[1]" = "_pikoci" ]; then _pikoci "$@"; else compdef _pikoci pikoci ./pikoci; fi
`;

const FISH = `# pikoci completion for fish: pikoci completion fish | source
function __pikoci_complete
  set -l words (commandline --tokenize-to-cursor 2>/dev/null; or commandline --tokenize --cut-at-cursor)
  set -l current (commandline --current-token --cut-at-cursor)
  for line in ($words[1] complete -- $words[2..-1] "$current" 2>/dev/null)
    switch $line
      case ':files'
        set -l value (string replace --regex -- '^--[^=]*=' '' "$current")
        set -l front (string sub --length (math (string length -- "$current") - (string length -- "$value")) -- "$current")
        __fish_complete_path "$value" | string replace --regex -- '^' "$front"
      case ':'
      case '*'
        echo $line
    end
  end
end
complete --command pikoci --no-files --arguments '(__pikoci_complete)'
`;

export const SHELL_SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
