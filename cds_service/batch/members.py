"""A JSON object must not have a member twice: two readers of it could see two patients."""

from msgspec import Raw

from cds_service.json_object import decode_members


class DuplicateMemberError(ValueError):
    """A JSON object with a member twice; the name stays unsaid, it is input."""


def check_members(raw: bytes | Raw) -> None:
    """Check the top level of a JSON object.

    Raises `DuplicateMemberError`, or what msgspec raises for anything but a JSON object.
    """
    members = decode_members(raw)
    if len({key.text for key in members}) < len(members):
        raise DuplicateMemberError("a JSON object has a member twice; which one holds cannot be known")
