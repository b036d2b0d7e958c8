"""The API's refusals, by Discord's own numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.servers.discord.records import Payload


class ApiError(Exception):
    """The API refuses a request: an HTTP status, Discord's error code and its sentence."""

    def __init__(self, status: int, code: int, message: str, errors: Payload | None = None) -> None:
        super().__init__(f"{status} {code} {message}")
        self.status = status
        self.body: Payload = {"message": message, "code": code} | ({"errors": errors} if errors else {})

    @classmethod
    def invalid_form(cls, name: str, message: str) -> ApiError:
        """Refuse a field of the body; `name` is its path in it, such as "0.options.1.name"."""
        problem: Payload = {"_errors": [{"code": "BASE_TYPE_BAD_LENGTH", "message": message}]}
        for part in reversed(name.split(".")):
            problem = {part: problem}
        return cls(400, 50035, "Invalid Form Body", problem)

    @classmethod
    def unknown(cls, code: int, thing: str) -> ApiError:
        return cls(404, code, f"Unknown {thing}")


def missing_access() -> ApiError:
    return ApiError(403, 50001, "Missing Access")


def missing_permissions() -> ApiError:
    return ApiError(403, 50013, "Missing Permissions")


def history_is_closed() -> ApiError:
    return ApiError(400, 160002, "Cannot reply without permission to read message history")


def unknown_channel() -> ApiError:
    return ApiError.unknown(10003, "Channel")


def unknown_guild() -> ApiError:
    return ApiError.unknown(10004, "Guild")


def unknown_message() -> ApiError:
    return ApiError.unknown(10008, "Message")


def unknown_user() -> ApiError:
    return ApiError.unknown(10013, "User")
