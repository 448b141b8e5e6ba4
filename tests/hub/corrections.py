"""Where the description's schema says less than its own prose, and real clients follow the prose."""

from typing import Any

NAMES = {"type": "array", "items": {"type": "string"}}
LABELS: dict[str, Any] = {
    "anyOf": [
        {"type": "object", "properties": {"labels": {"type": "array", "items": {}}}, "required": ["labels"]},
        NAMES,
    ]
}
"""The prose: "You can also pass an `array` of labels directly", "You can pass an empty array to remove all labels"."""

BODIES: dict[str, dict[str, Any]] = {
    "POST /repos/{owner}/{repo}/issues/{issue_number}/labels": LABELS,
    "PUT /repos/{owner}/{repo}/issues/{issue_number}/labels": LABELS,
}
