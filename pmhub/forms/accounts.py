"""Passwords, as their owners choose and forget them."""

from typing import Any

from django import forms
from django.contrib.auth.forms import SetPasswordForm


class ChooseForm(SetPasswordForm):
    """A new password, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].label = "New password"
        self.fields["new_password1"].help_text = "At least eight characters, and no common word."
        self.fields["new_password2"].label = "The new password again"
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"


class ForgottenForm(forms.Form):
    """Where the link is to be sent."""

    email = forms.EmailField(
        label="Mail",
        max_length=254,
        widget=forms.EmailInput(
            {"class": "form-control", "autocomplete": "email", "autofocus": True}
        ),
    )
