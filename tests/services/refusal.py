"""A check that something is refused."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.exceptions import ValidationError


@contextmanager
def refused(field: str, message: str) -> Iterator[None]:
    """Check that what happens inside is refused with this one message at this field."""
    with pytest.raises(ValidationError) as error:
        yield
    assert error.value.message_dict == {field: [message]}
