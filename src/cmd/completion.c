#include "simulark/cmd/cmd.h"

#include <stdio.h>

/* Each script only asks `simulark __complete` (src/cmd/complete.c) and hands over what it says. */

/* bash breaks words at "=" and ":" and replaces only what is behind them; a word may have begun with a quote. */
static const char bash[] =
    "# bash completion for simulark; made by `simulark completion bash`.\n"
    "_simulark() {\n"
    "    local i word line behind quote= glue= words=()\n"
    "    for ((i = 1; i <= COMP_CWORD; i++)); do\n"
    "        word=${COMP_WORDS[i]}\n"
    "        if [[ ${#words[@]} -gt 0 && ( -n $glue || $word =~ ^[=:]+$ ) ]]; then\n"
    "            words[${#words[@]}-1]+=$word\n"
    "        else\n"
    "            words+=(\"$word\")\n"
    "        fi\n"
    "        glue=; [[ $word =~ ^[=:]+$ && i -lt COMP_CWORD ]] && glue=yes\n"
    "    done\n"
    "    word=${words[${#words[@]}-1]}\n"
    "    case $word in [\\\"\\']*) quote=${word:0:1}; word=${word:1} ;; esac\n"
    "    for i in \"${!words[@]}\"; do words[i]=${words[i]//[\\\"\\'\\\\]/}; done\n"
    "    [[ -n $quote ]] || word=${word//\\\\/}\n"
    "    words[${#words[@]}-1]=$word\n"
    "    behind=\n"
    "    [[ $COMP_WORDBREAKS == *=* && $word == *=* ]] && behind=${word%\"${word##*=}\"}\n"
    "    [[ $COMP_WORDBREAKS == *:* && $word == *:* && -z $quote ]] && behind=${word%\"${word##*:}\"}\n"
    "    COMPREPLY=()\n"
    "    while IFS= read -r line; do\n"
    "        if [[ $line == *$'\\t'* ]]; then\n"
    "            line=${line%%$'\\t'*}\n"
    "            line=${line#\"$behind\"}\n"
    "            [[ -n $quote ]] || printf -v line %q \"$line\"\n"
    "            COMPREPLY+=(\"$line\")\n"
    "        elif [[ $line == :files ]]; then\n"
    "            compopt -o filenames 2>/dev/null\n"
    "            while IFS= read -r line; do COMPREPLY+=(\"$line\"); done < <(compgen -f -- \"${word#\"$behind\"}\")\n"
    "        fi\n"
    "    done < <(\"${COMP_WORDS[0]}\" __complete -- \"${words[@]}\" 2>/dev/null)\n"
    "}\n"
    "complete -F _simulark simulark\n";

static const char zsh[] =
    "#compdef simulark\n"
    "# zsh completion for simulark; made by `simulark completion zsh`.\n"
    "_simulark() {\n"
    "    local line files\n"
    "    local -a candidates shown\n"
    "    for line in \"${(@f)$(\"${(Q)words[1]}\" __complete -- \"${(@Q)words[2,CURRENT-1]}\" \"${(Q)PREFIX}\" \\\n"
    "        2>/dev/null)}\"; do\n"
    "        if [[ $line == *$'\\t'* ]]; then\n"
    "            candidates+=(\"${line%%$'\\t'*}\")\n"
    "            shown+=(\"${line/$'\\t'/  -- }\")\n"
    "        elif [[ $line == :files ]]; then\n"
    "            files=yes\n"
    "        fi\n"
    "    done\n"
    "    (( $#candidates )) && compadd -l -d shown -a candidates\n"
    "    if [[ -n $files ]]; then\n"
    "        compset -P '--*='\n"
    "        _files\n"
    "    fi\n"
    "}\n"
    "if [[ $funcstack[1] == _simulark ]]; then _simulark \"$@\"; else compdef _simulark simulark; fi\n";

static const char fish[] =
    "# fish completion for simulark; made by `simulark completion fish`.\n"
    "function __simulark_complete\n"
    "    set -l words (commandline -opc)\n"
    "    set -l typed (commandline -ct | string unescape 2>/dev/null)\n"
    "    set -q typed[1]; or set typed (commandline -ct | string trim -l -c '\\'\"')\n"
    "    for line in ($words[1] __complete -- $words[2..-1] \"$typed\" 2>/dev/null)\n"
    "        if string match -q '*'\\t'*' -- $line\n"
    "            echo $line\n"
    "        else if test $line = :files\n"
    "            __fish_complete_path (string replace -r -- '^--[^=]*=' '' \"$typed\")\n"
    "        end\n"
    "    end\n"
    "end\n"
    "complete -c simulark -f -a '(__simulark_complete)'\n";

static enum status run(struct cli *cli, struct error *err)
{
    static const char *const scripts[] = {bash, zsh, fish};
    static const char *const shells[] = {"bash", "zsh", "fish", NULL};
    int shell = operand_choice(&cli->arguments, 0, shells, err);

    if (shell < 0)
        return err->status;
    if (cli->json)
        cli->result = json_pack("{s:s}", "script", scripts[shell]);
    else
        fputs(scripts[shell], stdout);
    return STATUS_OK;
}

const struct command command_completion = {
    .name = "completion",
    .operands = "bash|zsh|fish",
    .summary = "print a script that completes commands in a shell",
    .about = "Prints a script for the shell that completes commands, options and their values, files, and the names of projects, "
             "users and templates in the database. A database is only asked where one is named or the private local one runs, "
             "and for two seconds at most. `make install` puts the scripts in place.",
    .examples = "  source <(simulark completion bash)           # in ~/.bashrc\n"
                "  source <(simulark completion zsh)            # in ~/.zshrc, after compinit\n"
                "  simulark completion fish > ~/.config/fish/completions/simulark.fish\n",
    .min_operands = 1,
    .max_operands = 1,
    .offline = true,
    .run = run,
};
