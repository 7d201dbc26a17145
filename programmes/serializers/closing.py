"""What is still to be done before a project or a programme can close."""

from __future__ import annotations

from rest_framework import serializers


class LeftSerializer(serializers.Serializer):
    """A record about which something has still to be done. `settled_at` is the place: a record, or
    the collection to which a new one with the values `given` is added. A benefit out of sight has
    its code and no title."""

    code = serializers.CharField()
    title = serializers.CharField()
    says = serializers.CharField(help_text="How far that has come; empty where nothing is to say")
    settled_at = serializers.URLField()
    given = serializers.DictField(child=serializers.IntegerField())


class LeftGroupSerializer(serializers.Serializer):
    """Records of one kind, and what is to be done about them."""

    name = serializers.CharField()
    does = serializers.CharField()
    asked = serializers.BooleanField(
        help_text="Whether the closing itself asks it: it stands against nothing"
    )
    records = LeftSerializer(many=True)


class ClosingSerializer(serializers.Serializer):
    """What is left to do, in its order; `ready` once nothing prevents closing."""

    ready = serializers.BooleanField()
    left = LeftGroupSerializer(many=True)
