"""A prompt as its parts, in the order in which providers can cache it, and the messages that the parts make.

A receipt is the same parts, so what replays one is what sent it, but for what passes: images, and what stands around
the words on the platform.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from pydantic import TypeAdapter

from bot.models.model import Call, Image, ModelMessage, Role
from capabilities.framework.schema import CapabilitySchema
from memory import Part, PartKind

_call: Final = TypeAdapter(tuple[str, tuple[Call, ...]])
_result: Final = TypeAdapter(tuple[str, str])

_ROLES: Final = {
    PartKind.SYSTEM: Role.SYSTEM,
    PartKind.BLOCK: Role.USER,
    PartKind.LINE: Role.USER,
    PartKind.REPLY: Role.ASSISTANT,
    PartKind.CONTEXT: Role.USER,
    PartKind.RECALLED: Role.USER,
    PartKind.FRAME: Role.USER,
    PartKind.WORDS: Role.USER,
    PartKind.CALL: Role.ASSISTANT,
    PartKind.RESULT: Role.TOOL,
}
#: Parts that stand together in one message: what Ember is told, the blocks, and the last message of the person.
_TOGETHER: Final = {
    PartKind.SYSTEM: PartKind.SYSTEM,
    PartKind.BLOCK: PartKind.BLOCK,
    PartKind.CONTEXT: PartKind.WORDS,
    PartKind.RECALLED: PartKind.WORDS,
    PartKind.FRAME: PartKind.WORDS,
    PartKind.WORDS: PartKind.WORDS,
}


def schema_part(schema: CapabilitySchema) -> Part:
    text = json.dumps([schema.name, schema.description, schema.parameters], ensure_ascii=False, sort_keys=True)
    return Part(PartKind.SCHEMA, text)


def call_part(text: str, calls: Sequence[Call]) -> Part:
    return Part(PartKind.CALL, _call.dump_json((text, tuple(calls))).decode())


def result_part(call: Call, text: str) -> Part:
    return Part(PartKind.RESULT, _result.dump_json((call.id, text)).decode())


def messages_of(parts: Iterable[Part], images: Sequence[Image] = ()) -> tuple[ModelMessage, ...]:
    """Returns the messages that parts are sent as; the schemas go beside them, the images with the person's words."""
    messages: list[ModelMessage] = []
    before: PartKind | None = None
    for part in parts:
        if part.kind is PartKind.SCHEMA:
            continue
        message = _TOGETHER.get(part.kind)
        if message is not None and message is before:
            messages[-1] = replace(messages[-1], text=f"{messages[-1].text}\n{part.text}")
        else:
            messages.append(_message(part))
        if part.kind is PartKind.WORDS:
            messages[-1] = replace(messages[-1], images=tuple(images))
        before = message
    return tuple(messages)


def _message(part: Part) -> ModelMessage:
    role = _ROLES[part.kind]
    match part.kind:
        case PartKind.CALL:
            text, calls = _call.validate_json(part.text)
            return ModelMessage(role, text, calls=calls)
        case PartKind.RESULT:
            call_id, text = _result.validate_json(part.text)
            return ModelMessage(role, text, call_id=call_id)
        case _:
            return ModelMessage(role, part.text)
