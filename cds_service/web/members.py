"""The members of a JSON object, read one by one while every complaint is collected."""

import re
from typing import Annotated, Any

import msgspec

from cds_service.json_object import decode_members
from cds_service.web.depth import is_too_deep
from cds_service.web.errors import Problem

Problems = list[Problem]

_Count = Annotated[int, msgspec.Meta(ge=0)]
_NULL = memoryview(b"null")
_ANYTHING = re.compile(r"(.*)", re.DOTALL)


class Members:
    """One JSON object: `raws` holds its members undecoded; complaints go to `problems`."""

    def __init__(self, raws: dict[str, msgspec.Raw], path: str, problems: Problems) -> None:
        self.problems = problems
        self._path = path
        self.raws = raws

    @classmethod
    def of_object(cls, raw: bytes | msgspec.Raw, path: str, problems: Problems) -> "Members":
        """Raise `msgspec.DecodeError` or `RecursionError` when `raw` is no JSON object."""
        members = decode_members(raw)
        raws = {key.text: value for key, value in members.items()}
        if len(raws) < len(members):
            # Two readers of one body must not see two patients. The name stays unsaid: it is input.
            problems.append(Problem("structure", f"{path or 'The body'} has a member twice.", path))
        return cls(raws, path, problems)

    @classmethod
    def of_body(cls, body: bytes, problems: Problems) -> "Members | None":
        """The request body: UTF-8 without BOM, strict JSON, an object; else None and a complaint."""
        try:
            body.decode()
            members = cls.of_object(body, "", problems)
            if is_too_deep(body):
                raise RecursionError  # noqa: TRY301 - the same as what the decoder cannot follow
        except UnicodeDecodeError:
            problems.append(Problem("structure", "The body is not valid UTF-8."))
        except msgspec.ValidationError:
            problems.append(Problem("structure", "The body is not a JSON object."))
        except msgspec.DecodeError:
            problems.append(Problem("structure", "The body is not valid JSON."))
        except RecursionError:
            problems.append(Problem("structure", "The JSON of the body is nested too deeply."))
        else:
            return members
        return None

    def given(self, name: str) -> bool:
        """Whether the member is there and not null."""
        return name in self.raws and memoryview(self.raws[name]) != _NULL

    def text(
        self,
        name: str,
        pattern: re.Pattern[str] = _ANYTHING,
        wanted: str = "a text",
        *,
        required: bool = True,
    ) -> str:
        """The first group of `pattern`, which the member must match in full; empty when it does not."""
        value = self._value(name, str, wanted, required=required)
        if value is None:
            return ""
        match = pattern.fullmatch(value)
        if match is None:
            self.complain("value", name, f"must be {wanted}")
            return ""
        return match[1]

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings; empty, with a complaint, when it is missing or something else."""
        return self._value(name, tuple[str, ...], "a list of texts", required=True) or ()

    def count(self, name: str) -> int | None:
        """A whole number, 0 or more, None when it is missing; something else is complained of."""
        number: int | None = self._value(name, _Count, "a whole number, 0 or more", required=False)
        return number

    def object(self, name: str, *, required: bool = False) -> "Members":
        """The members of an object; without any when it is missing or something else."""
        if self.given(name):
            try:
                return Members.of_object(self.raws[name], self._at(name), self.problems)
            except msgspec.ValidationError:
                self.complain("structure", name, "must be an object")
        elif required:
            self.complain("required", name, "is missing")
        return Members({}, self._at(name), [])

    def is_array(self, name: str) -> bool:
        """Whether the member is there and a JSON array."""
        return name in self.raws and bytes(memoryview(self.raws[name])[:1]) == b"["

    def objects(self, name: str, most: int, *, required: bool = False) -> "list[Members]":
        """The objects of an array of 1 to `most` objects; where it is not required, it may be empty."""
        raws = self._value(name, list[msgspec.Raw], "an array", required=required)
        if raws is None:
            return []
        if len(raws) > most or (required and not raws):
            self.complain("structure", name, f"must have 1 to {most} entries")
            return []
        entries = {f"{name}[{index}]": raw for index, raw in enumerate(raws)}
        array = Members(entries, self._path, self.problems)
        return [array.object(entry, required=True) for entry in entries]

    def _value(self, name: str, kind: Any, wanted: str, *, required: bool) -> Any:
        if not self.given(name):
            if required:
                self.complain("required", name, "is missing")
            return None
        try:
            return msgspec.json.decode(self.raws[name], type=kind)
        except msgspec.ValidationError:
            self.complain("value", name, f"must be {wanted}")
            return None

    def _at(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def complain(self, code: str, name: str, what: str) -> None:
        """Note that something is wrong with a member."""
        member = self._at(name)
        self.problems.append(Problem(code, f"{member} {what}.", member))
