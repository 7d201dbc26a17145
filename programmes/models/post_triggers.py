"""Triggers that keep the posts of a programme filled from planning on, whoever writes."""

import pgtrigger

from pmhub.database.triggers import refusal
from programmes.models.states import LED

STAGES = ", ".join(f"'{stage}'" for stage in LED)
POSTS = {"sro": "an SRO", "programme_manager": "a programme manager"}
BCMS = "SELECT FROM programmes_programme_bcms WHERE programme_id"


def _refused(post: str, who: str) -> str:
    text = f"From planning on a programme has {who}: name the next one first."
    return refusal("post_held", post, text)


def posts_held() -> pgtrigger.Trigger:
    """Refuse to leave a post empty while a programme is led, and to begin or plan a programme with
    an empty post."""
    comes = f"TG_OP = 'INSERT' OR OLD.stage NOT IN ({STAGES})"
    steps = [
        f"IF NEW.{post}_id IS NULL AND ({comes} OR OLD.{post}_id IS NOT NULL) THEN"
        f" {_refused(post, who)} END IF;"
        for post, who in POSTS.items()
    ]
    return pgtrigger.Trigger(
        name="posts_held",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("stage", *(f"{post}_id" for post in POSTS)),
        condition=pgtrigger.Condition(f"NEW.stage IN ({STAGES})"),
        func=f"{' '.join(steps)} IF TG_OP = 'UPDATE' AND OLD.stage NOT IN ({STAGES})"
        f" AND NOT EXISTS ({BCMS} = NEW.id) THEN"
        f" {_refused('bcms', 'a business change manager')} END IF; RETURN NEW;",
    )


def bcm_named() -> pgtrigger.Trigger:
    """Refuse, at the end of the transaction, a new programme that is led and has no business change
    manager: the list of these is written after it."""
    return pgtrigger.Trigger(
        name="bcm_named",
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        timing=pgtrigger.Deferred,
        condition=pgtrigger.Condition(f"NEW.stage IN ({STAGES})"),
        func=f"IF {_led_without_bcm('NEW.id')} THEN"
        f" {_refused('bcms', 'a business change manager')} END IF; RETURN NULL;",
    )


def bcm_held() -> pgtrigger.Trigger:
    """Refuse, at the end of the transaction, to remove the last business change manager of a
    programme that is led. The lock lets two transactions that remove one each see one another."""
    return pgtrigger.Trigger(
        name="bcm_held",
        when=pgtrigger.After,
        operation=pgtrigger.Delete | pgtrigger.Update,
        timing=pgtrigger.Deferred,
        func="PERFORM FROM programmes_programme WHERE id = OLD.programme_id FOR NO KEY UPDATE;"
        f" IF {_led_without_bcm('OLD.programme_id')} THEN"
        f" {_refused('bcms', 'a business change manager')} END IF; RETURN NULL;",
    )


def _led_without_bcm(programme: str) -> str:
    return (
        f"EXISTS (SELECT FROM programmes_programme WHERE id = {programme}"  # our own names
        f" AND stage IN ({STAGES})) AND NOT EXISTS ({BCMS} = {programme})"
    )
