"""What all unsafe methods have in common: they may be repeated safely, and previewed.

A POST with an `Idempotency-Key` happens once (`pmhub/api/idempotency.py`). With `?preview=1` the
write is tried, its effects are read, and all of it is rolled back. That is done by the module that
the setting `PREVIEWS` names, because the engine lies in a layer above this one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib import import_module
from typing import Any, ClassVar

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from pmhub.accounts import reauthentication
from pmhub.api.authentication import within_scopes
from pmhub.api.idempotency import HEADER, run_once
from pmhub.api.problems import parameter_problem

PREVIEW = "preview"
EVERY = "*"
UNSAFE = ("post", "put", "patch", "delete")

Work = Callable[[], Response]


def effect(method: Any) -> Any:
    """Let a method of a view that writes be repeated safely, and previewed where the view allows.
    Every such method needs it, actions included; a method that also answers GET may have it too."""

    @functools.wraps(method)
    def entered(self: Effects, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.effected(request, functools.partial(method, self, request, *args, **kwargs))

    entered.has_effect = True  # type: ignore[attr-defined]  # a test looks for it
    return entered


def previews() -> Any:
    """Return the module that makes previews: `previewed(request, work)`, and
    `PreviewSerializer`."""
    return import_module(settings.PREVIEWS)


class Effects(APIView):
    """A view with methods that write, each marked with `effect`."""

    previewable: ClassVar[bool] = False
    foreseen_later: ClassVar[bool] = False  # a job makes the preview of a new record
    secrets: ClassVar[tuple[str, ...]] = ()  # members of an answer that are shown once
    repeatable: ClassVar[tuple[str, ...]] = ()  # actions that may be done again without a key
    keyed: ClassVar[tuple[str, ...]] = ()  # actions beside those of POST that may have a key
    # Actions that give somebody a right or a way in: the user proves their identity first.
    dangerous: ClassVar[tuple[str, ...]] = ()

    def handle_exception(self, exc: Exception) -> Response:
        """Answer an error as a problem; the error of a sub-request is raised in the request
        around it, which answers."""
        if getattr(self.request._request, "within", False):
            raise exc
        return super().handle_exception(exc)

    def effected(self, request: Request, work: Work) -> Response:
        """Return the answer of some work: of its preview, the stored one of an earlier request with
        the same key, or a new one."""
        if str(request.method).lower() not in UNSAFE:
            return work()
        self.confirm(request, getattr(self, "action", ""))
        with within_scopes(request.auth):
            return self._done(request, work)

    def confirm(self, request: Request, action: str) -> None:
        """Raise ReauthenticationRequired before a dangerous action, unless the user of the session
        has just proved their identity."""
        if self.is_dangerous(action):
            reauthentication.require(request)

    @classmethod
    def is_dangerous(cls, action: str) -> bool:
        """Return whether an action of this name gives somebody a right or a way in."""
        return bool({EVERY, action} & {*cls.dangerous})

    def _done(self, request: Request, work: Work) -> Response:
        if PREVIEW in request.query_params:
            return self._preview(request, work)
        name = getattr(self, "action", "")
        keyed = name in self.keyed or (request.method == "POST" and name not in self.repeatable)
        if keyed and HEADER in request.headers:
            return run_once(request, work, self.secrets, self.check_repeat)
        return work()

    def check_repeat(self, answer: Any) -> None:
        """Raise the error for a user who repeats a request and may not get its stored answer any
        more; by default, nobody is refused."""

    def _preview(self, request: Request, work: Work) -> Response:
        if not self.previewable:
            raise parameter_problem(
                PREVIEW, "unknown_parameter", "There is no such parameter here."
            )
        if request.query_params.getlist(PREVIEW) != ["1"]:
            raise parameter_problem(PREVIEW, "invalid_choice", "Say preview=1, or leave it out.")
        request._request.previewing = True  # type: ignore[attr-defined]  # ours alone
        return self.previewed(request, work)

    def previewed(self, request: Request, work: Work) -> Response:
        """Return the answer of a preview."""
        answer: Response = previews().previewed(request, work)
        return answer


def previewing(request: Request) -> bool:
    """Return whether the effects of the request will be rolled back."""
    return getattr(request._request, "previewing", False)
