"""Who leads a programme: from planning on its posts are held, whoever writes it."""

import pgtrigger

from pmhub.triggers import refusal
from programmes.models.states import LED

STAGES = ", ".join(f"'{stage}'" for stage in LED)
POSTS = {"sro": "an SRO", "programme_manager": "a programme manager"}
BCMS = "SELECT FROM programmes_programme_bcms WHERE programme_id"


def _refused(post: str, who: str) -> str:
    text = f"From planning on a programme has {who}: name the next one first."
    return refusal("post_held", post, text)


def posts_held() -> pgtrigger.Trigger:
    """Refuse that a post is left empty, and that a programme without one comes to be led."""
    steps = [
        f"IF NEW.{post}_id IS NULL"
        f" AND (OLD.{post}_id IS NOT NULL OR OLD.stage NOT IN ({STAGES})) THEN"
        f" {_refused(post, who)} END IF;"
        for post, who in POSTS.items()
    ]
    return pgtrigger.Trigger(
        name="posts_held",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("stage", *(f"{post}_id" for post in POSTS)),
        condition=pgtrigger.Condition(f"NEW.stage IN ({STAGES})"),
        func=f"{' '.join(steps)} IF OLD.stage NOT IN ({STAGES})"
        f" AND NOT EXISTS ({BCMS} = NEW.id) THEN"
        f" {_refused('bcms', 'a business change manager')} END IF; RETURN NEW;",
    )


def bcm_held() -> pgtrigger.Trigger:
    """Refuse that the last business change manager steps down, once all of a transaction is
    written. The lock makes two who step down at once see one another."""
    return pgtrigger.Trigger(
        name="bcm_held",
        when=pgtrigger.After,
        operation=pgtrigger.Delete | pgtrigger.Update,
        timing=pgtrigger.Deferred,
        func="PERFORM FROM programmes_programme WHERE id = OLD.programme_id FOR NO KEY UPDATE;"
        " IF EXISTS (SELECT FROM programmes_programme WHERE id = OLD.programme_id"
        f" AND stage IN ({STAGES})) AND NOT EXISTS ({BCMS} = OLD.programme_id) THEN"
        f" {_refused('bcms', 'a business change manager')} END IF; RETURN NULL;",
    )
