#!/bin/sh
# Is the rollback what it must be? Thin over `gate verify`, by the newest record. Exit code 0: everything asked holds.
#
#   scripts/verify_system.sh                                   # the newest record under reports/rollbacks
#   scripts/verify_system.sh --against v1.0.0                  # without a record: the branch's tip is v1.0.0
#   scripts/verify_system.sh --no-metrics --no-push            # no models, no network
#
# $GATE names another gate, $RECORDS another folder.
set -eu
for word in "$@"; do
    case "$word" in --record | --record=* | --against | --against=*) exec ${GATE:-gate} verify "$@" ;; esac
done
newest=$(find "${RECORDS:-reports/rollbacks}" -name '*.json' 2>/dev/null | sort | tail -n 1)
if [ -z "$newest" ]; then
    echo "verify_system: there is no record under ${RECORDS:-reports/rollbacks}; say --against REF" >&2
    exit 2
fi
exec ${GATE:-gate} verify --record "$newest" "$@"
