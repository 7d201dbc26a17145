"""Forms for codes and passkeys: allauth's, with failures counted as everywhere, each code valid
once, and malformed input refused at its field."""

import hashlib
from typing import Any

from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from pmhub import lockout
from pmhub.accounts import recovery
from pmhub.models import Door

WRONG = "This code is wrong, or was used already."
UNREADABLE = "The passkey could not be read. Try again."
CODE_LASTS = 120  # seconds for which a code of the app is accepted
SHAPES = (TypeError, ValueError, KeyError, AttributeError, IndexError)


class DrawnFields:
    """Gives the fields of a form the look of our pages."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():  # type: ignore[attr-defined]  # of the form it is mixed into
            if not isinstance(field.widget, forms.CheckboxInput | forms.HiddenInput):
                field.widget.attrs["class"] = "form-control"
                field.widget.attrs.pop("placeholder", None)
            if name == "code":
                field.label = "Code"
                field.max_length = 20
                field.widget.attrs |= {"inputmode": "numeric", "autofocus": True}


class CountedCode(DrawnFields):
    """A field for a code; after too many failures no code is checked for a while."""

    def clean_code(self) -> str:
        """Return the code if it is right; a code of the app works once."""
        form: Any = self
        attempt = lockout.begin(context.request, Door.SECOND_FACTOR, form.user.get_username())
        try:
            code = self._checked(form)
        except ValidationError:
            lockout.refused(attempt)
            raise ValidationError(WRONG, code="incorrect_code") from None
        lockout.admitted(attempt, form.user)
        return code

    def _checked(self, form: Any) -> str:
        """Return the code if it is the user's, and note its use; raises ValidationError."""
        code: str = form.cleaned_data["code"]
        form.authenticator = recovery.use(form.user, code)
        if form.authenticator is None:
            code = super().clean_code()  # type: ignore[misc]  # of the form this is mixed into
            _use(form.authenticator, code)
        return code


@transaction.atomic
def _use(authenticator: Authenticator, code: str) -> None:
    """Note that a code of the app was used; raises ValidationError if it was used before."""
    if authenticator.type != Authenticator.Type.TOTP:
        return
    row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    now, digest = timezone.now().timestamp(), hashlib.sha256(code.strip().encode()).hexdigest()
    used = {key: at for key, at in row.data.get("used", {}).items() if now - at < CODE_LASTS}
    if digest in used:
        raise ValidationError(WRONG)
    row.data["used"] = used | {digest: now}
    row.save(update_fields=["data"])
    authenticator.data = row.data


class PasskeyAnswer(DrawnFields):
    """A form for the answer of a passkey, which may be JSON of any shape."""

    def full_clean(self) -> None:
        """Check the form; an answer of an unexpected shape is an error at its field."""
        try:
            super().full_clean()  # type: ignore[misc]  # of the form this is mixed into
        except SHAPES:
            form: Any = self
            form.cleaned_data = {}
            form.add_error("credential", ValidationError(UNREADABLE, code="incorrect_code"))


class CodeForm(CountedCode, AuthenticateForm):
    """A code, to sign in."""


class CodeAgainForm(CountedCode, ReauthenticateForm):
    """A code, to prove one's identity again."""


class AppForm(DrawnFields, ActivateTOTPForm):
    """The first code of an app."""


class PasskeyForm(PasskeyAnswer, AuthenticateWebAuthnForm):
    """A passkey, after the password."""


class PasskeyAgainForm(PasskeyAnswer, ReauthenticateWebAuthnForm):
    """A passkey, to prove one's identity again."""


class PasskeyAloneForm(PasskeyAnswer, LoginWebAuthnForm):
    """A passkey in place of a password."""


class NewPasskeyForm(PasskeyAnswer, AddWebAuthnForm):
    """A new passkey."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = "Name"
        self.fields["name"].max_length = 100
        self.fields["name"].help_text = "To tell it from others, such as that of the device."
        self.fields["name"].initial = self.initial["name"] = "Passkey"
        self.fields["passwordless"].label = "Sign in by it alone, without a password"
        self.fields["passwordless"].help_text = ""
        self.fields["passwordless"].initial = True


class RenamePasskeyForm(DrawnFields, EditWebAuthnForm):
    """A new name for a passkey."""
