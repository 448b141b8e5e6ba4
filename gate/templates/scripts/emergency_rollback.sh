#!/bin/sh
# Take it back now: the whole system to the last stable tag, or what is named. Thin over `gate rollback`.
#
#   scripts/emergency_rollback.sh                              # level 3: the last stable tag (asks)
#   scripts/emergency_rollback.sh --yes --tag v1.0.0           # level 3, nobody is asked
#   scripts/emergency_rollback.sh version --pr 12              # level 2
#   scripts/emergency_rollback.sh feature --commit 1a2b3c4     # level 1
#
# Without a network: --remote /path/to/mirror.git pushes there, --no-push keeps the branch here; open the pull request
# later by running the same with --open-pr. $GATE names another gate.
set -eu
case "${1:-}" in
    feature | version | system) level=$1; shift ;;
    *) level=system ;;
esac
exec ${GATE:-gate} rollback "$level" --force --reason "emergency rollback" "$@"
