"""What the hub's git refuses to be pushed, in GitHub's words; the hook reads what the hub keeps beside it."""

PROTECTED = "gate-protected"
"""One full ref name a line."""

PRE_RECEIVE = r"""#!/bin/sh
zero=0000000000000000000000000000000000000000
code=0
while read -r old new ref; do
  if [ "$HUB_BYPASS" != 1 ] && [ -f gate-protected ] && grep -qxF "$ref" gate-protected; then
    echo "error: GH006: Protected branch update failed for $ref." >&2
    echo "error: Changes must be made through a pull request." >&2
    code=1
  fi
  case "$ref" in
    refs/pull/*) echo "error: deny updating a hidden ref: $ref" >&2; code=1 ;;
  esac
  if [ "$HUB_WORKFLOWS" != 1 ] && [ "$new" != "$zero" ]; then
    for file in $(git log --format= --name-only "$new" --not --all -- .github/workflows | sort -u); do
      echo "error: refusing to allow $HUB_HOLDER to create or update workflow" \
        "\`$file\` without \`workflows\` permission" >&2
      code=1
    done
  fi
done
exit $code
"""
