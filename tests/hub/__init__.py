"""A GitHub on loopback, over real git repositories, held to GitHub's official description."""

from tests.hub.hub import Hub
from tests.hub.state.protection import RequiredCheck
from tests.hub.state.repository import Repository
from tests.hub.tokens import ACTIONS_APP, Kind, Token

__all__ = ["ACTIONS_APP", "Hub", "Kind", "Repository", "RequiredCheck", "Token"]
