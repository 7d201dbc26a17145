"""Forms for users who have not signed in, and so cannot write through REST."""

from typing import Any

from django import forms
from django.contrib.auth.forms import BaseUserCreationForm

from pmhub.models import User


class FirstAccountForm(BaseUserCreationForm):
    """Name, user name and password of the first account."""

    name = forms.CharField(
        label="Your name",
        max_length=200,
        widget=forms.TextInput({"autocomplete": "name", "autofocus": True}),
    )
    email = forms.EmailField(
        label="Mail", required=False, widget=forms.EmailInput({"autocomplete": "email"})
    )
    field_order = ["name", "username", "email", "password1", "password2"]

    class Meta:
        model = User
        fields = ("username",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "User name"
        self.fields["username"].help_text = "With this you sign in."
        self.fields["username"].widget.attrs["autofocus"] = False
        self.fields["password1"].help_text = "At least eight characters, and no common word."
        self.fields["password2"].label = "The password again"
        self.fields["password2"].help_text = ""
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"

    def given(self) -> dict[str, str]:
        """Return the arguments for making the first account."""
        data = self.cleaned_data
        same = {name: data[name] for name in ("username", "name", "email")}
        return same | {"password": data["password1"]}
