"""Forms of the user's own account: passwords, preferences, tokens and webhooks."""

from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.contrib.auth.forms import SetPasswordForm

from pmhub import scopes
from pmhub.database.time_zones import time_zones
from pmhub.forms.selects import PlainSelect, PlainSelectMultiple
from pmhub.models import Topic, User
from programmes.models import Programme


class ChooseForm(SetPasswordForm):
    """A new password, entered twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].label = "New password"
        self.fields["new_password1"].help_text = "At least eight characters, and no common word."
        self.fields["new_password2"].label = "The new password again"
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"


class ChangeForm(ChooseForm):
    """The present password, and a new one."""

    old_password = forms.CharField(
        label="Present password",
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password", "autofocus": True}),
    )
    field_order = ["old_password", "new_password1", "new_password2"]

    def clean_old_password(self) -> str:
        """Refuse a wrong password; it counts as a failed attempt to prove one's identity."""
        given: str = self.cleaned_data["old_password"]
        if not get_adapter().reauthenticate(self.user, given):
            raise forms.ValidationError("This is not your present password.", code="wrong")
        return given


class ForgottenForm(forms.Form):
    """The mail address to which the link for a new password is sent."""

    email = forms.EmailField(
        label="Mail",
        max_length=254,
        widget=forms.EmailInput(
            {"class": "form-control", "autocomplete": "email", "autofocus": True}
        ),
    )


class PreferencesForm(forms.ModelForm):
    """How the user wants pages to look and to be worked with."""

    class Meta:
        model = User
        fields = User.LOOKS
        widgets = dict.fromkeys(("theme", "density", "date_order"), forms.RadioSelect)


class DigestForm(forms.ModelForm):
    """What the user is told by mail, how often, and the time zone for it."""

    class Meta:
        model = User
        fields = User.DIGEST
        widgets = dict.fromkeys(Topic.values, forms.RadioSelect)

    def __init__(self, usual: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = [("", f"That of your portfolio: {usual}"), *((z, z) for z in sorted(time_zones()))]
        self.fields["time_zone"].widget = PlainSelect({"class": "form-select"}, choices=zones)


class TokenForm(forms.Form):
    """A new token: what it is for, how long it works and what it may do."""

    name = forms.CharField(
        label="What it is for",
        max_length=100,
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off"}),
    )
    days = forms.TypedChoiceField(
        label="Works for",
        coerce=int,
        initial=90,
        choices=[(days, f"{days} days") for days in (7, 30, 90, 180)] + [(365, "a year")],
        widget=PlainSelect({"class": "form-select"}),
    )
    scopes = forms.MultipleChoiceField(
        label="May",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick what it may do: at least reading."},
    )

    def __init__(self, resources: list[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        whole = [("read", "read everything I may"), ("write", "write everything I may")]
        parts = [(f"{resource}:{verb}", verb) for resource in resources for verb in scopes.VERBS]
        self.fields["scopes"].choices = [*whole, *parts]  # type: ignore[attr-defined]  # a MultipleChoiceField
        self.resources = resources

    def rows(self) -> list[tuple[str, list[tuple[str, str, bool]]]]:
        """The scopes by resource, as (value, words, whether it is ticked)."""
        ticked = set(self["scopes"].value() or ())
        return [
            (
                resource.replace("-", " "),
                [
                    (f"{resource}:{verb}", verb, f"{resource}:{verb}" in ticked)
                    for verb in scopes.VERBS
                ],
            )
            for resource in self.resources
        ]

    def whole(self) -> list[tuple[str, str, bool]]:
        """The scopes for all resources."""
        ticked = set(self["scopes"].value() or ())
        choices: Any = self.fields["scopes"].choices[:2]  # type: ignore[attr-defined]  # as above
        return [(value, words, value in ticked) for value, words in choices]


LABELS = {"rollup": "Figures of programmes"}  # labels of what has no collection


class WebhookForm(forms.Form):
    """A webhook: its name, its address and its topics."""

    name = forms.CharField(
        label="What it is for",
        max_length=100,
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off"}),
    )
    address = forms.CharField(
        label="Address of the other system",
        max_length=500,
        widget=forms.URLInput(
            {"class": "form-control", "autocomplete": "off", "placeholder": "https://"}
        ),
    )
    topics = forms.MultipleChoiceField(
        label="Tells of",
        required=False,
        widget=PlainSelectMultiple({"class": "form-select", "size": 8}),
        help_text="Choose none to tell of everything that you see.",
    )

    programme = forms.ModelChoiceField(
        Programme.objects.none(),
        required=False,
        label="Within",
        empty_label="Everything that you see",
        widget=PlainSelect({"class": "form-select"}),
        help_text="Of one programme: what belongs to it and to its projects.",
    )
    field_order = ["name", "address", "programme", "topics"]

    def __init__(self, topics: list[str], owner: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            (topic, LABELS.get(topic) or topic.replace("-", " ").capitalize()) for topic in topics
        ]
        self.fields["topics"].choices = choices  # type: ignore[attr-defined]  # a MultipleChoiceField
        programmes = Programme.objects.visible_to(owner).filter(archived_at=None)
        self.fields["programme"].queryset = programmes  # type: ignore[attr-defined]  # as above
